import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { versions } from './versions.ts'

/** What the tests that use an API server gave on one version of Kubernetes. */
export interface Result {
  readonly version: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly seconds: number
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
  return `[\n${results.map(result => `  ${JSON.stringify(result)}`).join(',\n')}\n]\n`
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

const columns = ['version', 'passed', 'failed', 'skipped', 'seconds'] as const
