import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Growth } from './engine/growth.ts'
import type { Samples } from './engine/sampling.ts'
import { whole } from './engine/steps.ts'
import type { Budget, Question, Table } from './report/question.ts'
import { median, medianWithSpread } from './samples/quantile.ts'

export const question: Question = {
  title: 'What does one Pod cost, and how does that grow?',
  about: [
    'The functions that the server calls for one admission review, one by one, in a process that does nothing else:',
    'each on what the one before it gave, warmed up, the median of 15 interleaved rounds and half of their middle',
    'range. Bytes are what the heap has grown by between two collections. One step alone has the processor',
    'and its caches to itself, so the steps are less than the whole. Neither HTTP nor TLS is in it.',
    'The exponent is the slope of time over size in logarithms, after the time of the smallest is taken away, from',
    'where the rest is as much as that; the profiles are generated ones, each to be started after the one before,',
    'with a sidecar, a volume that every app container mounts, and a variable.',
  ].join('\n'),
  async measure() {
    const times = await inProcess<Readonly<Record<string, Samples>>>('microseconds', [])
    const bytes = await inProcess<Readonly<Record<string, Samples>>>('bytes', roomy)
    const growths = await inProcess<readonly Growth[]>('growths', [])
    return {
      tables: [
        stepTable('µs of a review by its size', times, samples => medianWithSpread(samples)),
        stepTable('KB allocated', bytes, samples => (median(samples) / 1_000).toFixed(1)),
        { caption: 'Growth of a decision, or of reading a profile', rows: growths.map(growthRow) },
      ],
      budgets: growths.map(
        ({ of, exponent }): Budget => ({
          what: `exponent of growth in ${of}`,
          measured: exponent,
          bound: 'at most',
          limit: 1.2,
        }),
      ),
    }
  },
}

/** So much room for what is new that nothing is collected while it is counted. */
const roomy = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

async function inProcess<T>(what: string, flags: readonly string[]): Promise<T> {
  const program = join(import.meta.dirname, 'engine/process.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, what])
  return JSON.parse(stdout)
}

function stepTable(
  caption: string,
  cases: Readonly<Record<string, Samples>>,
  cell: (samples: readonly number[]) => string,
): Table {
  const steps = Object.keys(Object.values(cases)[0] ?? {})
  const rows = steps.map(step => ({
    step: step === whole ? `**${step}**` : step,
    ...Object.fromEntries(Object.entries(cases).map(([name, samples]) => [name, cell(samples[step] ?? [])])),
  }))
  return { caption, rows }
}

function growthRow({ of, points, exponent }: Growth): Table['rows'][number] {
  const [least, most] = [points[0], points.at(-1)]
  return {
    'grows in': of,
    from: `${least?.count}: ${least?.us.toFixed(0)} µs`,
    to: `${most?.count}: ${most?.us.toFixed(0)} µs`,
    exponent: exponent.toFixed(2),
  }
}
