import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Asked } from './candidates.ts'
import type { Planned } from './rollout-plan-process.ts'
import { middle, printTable, type Row } from './tables.ts'

const counts = [1_000, 10_000] as const

/** How long does it take to plan a rollout over many Pods, and in how much memory? */
export async function rolloutPlan({ rounds }: Asked): Promise<void> {
  const rows: Row[] = []
  for (const count of counts) {
    const all: Planned[] = []
    for (let round = 0; round < rounds; round++) all.push(await plannedFor(count))
    const of = (
      name:
        | 'seconds'
        | 'cpuSeconds'
        | 'againSeconds'
        | 'lookMilliseconds'
        | 'mostMegabytes'
        | 'keptMegabytes',
    ) => middle(all.map(each => each[name]))
    rows.push({
      Pods: count.toLocaleString('en'),
      seconds: of('seconds'),
      'seconds of CPU': of('cpuSeconds'),
      'seconds without a change': of('againSeconds'),
      'ms for a look': of('lookMilliseconds'),
      requests: String(all[0]?.requests ?? 0),
      'MB more at most': of('mostMegabytes'),
      'MB more afterwards': of('keptMegabytes'),
      'in place': String(all[0]?.kinds['images'] ?? 0),
    })
  }
  printTable('The update of each Pod after an edit of the image of log-tail', rows)
}

async function plannedFor(count: number): Promise<Planned> {
  const program = join(import.meta.dirname, 'rollout-plan-process.ts')
  // What the image has in a container of 384Mi.
  const flags = ['--expose-gc', '--max-semi-space-size=4', '--max-old-space-size=192']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, String(count)])
  return JSON.parse(stdout)
}
