import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Asked } from './candidates.ts'
import { interleaved, median, middle, printTable, type Row, ratio } from './tables.ts'

/** Microseconds by case. */
type Measured = Readonly<Record<string, number>>

/** What does one review cost in the engine, without HTTP and TLS? */
export async function engine({ candidates, rounds }: Asked): Promise<void> {
  const measurements = candidates.map(({ name, root }) => [name, () => measuredIn(root)] as const)
  const rows = await interleaved(rounds, Object.fromEntries(measurements))
  const [own = [], ...others] = Object.values(rows)
  const cases = Object.keys(own[0] ?? {})
  const samples = (measured: readonly Measured[], name: string) =>
    measured.map(each => each[name] ?? Number.NaN)
  printTable(
    'CPU of one review in µs; in the other columns the CPU of another commit, where Pillion is 1',
    cases.map((name): Row => {
      const compared = others.map((other, at) => [
        candidates[at + 1]?.name ?? '',
        ratio(samples(other, name), samples(own, name)),
      ])
      return { case: name, Pillion: middle(samples(own, name)), ...Object.fromEntries(compared) }
    }),
  )
  printTable('Growth: 1 is linear', [
    growth('app containers', samples(own, '50 app containers'), samples(own, '250 app containers')),
    growth(
      'environment variables',
      samples(own, '1,000 environment variables'),
      samples(own, '5,000 environment variables'),
    ),
  ])
}

/** The exponent of the growth to five times as many. */
function growth(of: string, few: readonly number[], many: readonly number[]): Row {
  return { 'grows in': of, exponent: (Math.log(median(many) / median(few)) / Math.log(5)).toFixed(2) }
}

async function measuredIn(root: string): Promise<Measured> {
  const program = join(import.meta.dirname, 'engine-process.ts')
  // The young generation that the image has.
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=4', program, root])
  return JSON.parse(stdout)
}
