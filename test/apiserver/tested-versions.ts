import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { versions } from './versions.ts'

/** What the tests that use an API server gave on one version of Kubernetes. */
export interface Result {
  readonly version: string
  readonly passed: number
  readonly failed: number
  /** Without those of the next row. */
  readonly skipped: number
  /** Tests about something that this version of Kubernetes does not have: see from.ts. */
  readonly notForVersion: number
  readonly seconds: number
}

/** What vitest writes with `--reporter=json`. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string
      readonly meta: { readonly from?: string }
    }[]
  }[]
}

/** The counts in a report. A file that cannot be loaded has no test that fails, but then the exit code is not 0. */
export function countsIn({ testResults }: Report, exitCode: number): Omit<Result, 'version' | 'seconds'> {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const count = (status: string) => tests.filter(test => test.status === status).length
  const failed = count('failed')
  const notForVersion = tests.filter(
    ({ status, meta }) => status === 'skipped' && meta.from !== undefined,
  ).length
  return {
    passed: count('passed'),
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: tests.length - count('passed') - failed - notForVersion,
    notForVersion,
  }
}

/** Whether all tests ran and passed, except those that are not for this version. */
export function isClean({ passed, failed, skipped }: Result): boolean {
  return passed > 0 && failed === 0 && skipped === 0
}

/** The last result of each version on which all tests passed. `npm run matrix` writes it, and people commit it. */
export const recordFile = 'test/apiserver/tested-versions.json'

export function readRecord(root: string): Record<string, Result> {
  const results: readonly Result[] = JSON.parse(readFileSync(join(root, recordFile), 'utf8'))
  return Object.fromEntries(results.map(result => [result.version, result]))
}

/** The record as text, with the versions that are still tested, oldest first. */
export function recordText(record: Readonly<Record<string, Result>>): string {
  const results = versions.flatMap(version => record[version] ?? [])
  return `[\n${results.map(result => `  ${inOneLine(result)}`).join(',\n')}\n]\n`
}

/** As the formatter writes an object in one line. */
function inOneLine(result: Result): string {
  const members = Object.entries(result).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
  return `{ ${members.join(', ')} }`
}

/** For a terminal: one line for each version. */
export function tableOf(results: readonly Result[]): string {
  const rows = [columns, ...results.map(result => columns.map(column => String(result[column])))]
  const widths = columns.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const columns = ['version', 'passed', 'failed', 'skipped', 'notForVersion', 'seconds'] as const
