import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunnerTestCase } from 'vitest'
import { type Measurement, measurementsFile } from '../../tools/docs/reliability-page.ts'
import { root } from '../../tools/kind/run.ts'
import { faultSeconds } from './load.ts'

/**
 * Prints the result of a test, and with RECORD=true writes it to the file from which `npm run generate` makes the table of
 * docs/reliability.md. A row has the name of the test, so a test that is run again replaces its row.
 */
export function record(
  { name, file }: Pick<RunnerTestCase, 'name' | 'file'>,
  result: string,
  kubernetes: string,
): void {
  process.stderr.write(`${name}: ${result}\n`)
  if (process.env['RECORD'] !== 'true') return
  const path = join(root, measurementsFile)
  const rows = JSON.parse(readFileSync(path, 'utf8')) as readonly Measurement[]
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  const date = new Date().toISOString().slice(0, 10)
  const row = { fault: name, result, file: file.name, seconds: faultSeconds, date, kubernetes, commit }
  const isSame = (each: Measurement) => each.file === row.file && each.fault === row.fault
  const all = rows.some(isSame) ? rows.map(each => (isSame(each) ? row : each)) : [...rows, row]
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`)
}
