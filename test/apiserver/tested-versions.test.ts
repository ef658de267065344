import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { countsIn, isClean, readRecord, recordFile, recordText } from './tested-versions.ts'

const test = (status: string, meta = {}) => ({ status, meta })

it('counts what a version does not have by itself, but only if it did not run', () => {
  const assertionResults = [
    test('passed'),
    test('passed', { from: '1.30' }),
    test('skipped', { from: '1.33' }),
    test('failed', { from: '1.29' }),
    test('skipped'),
    test('pending'),
  ]
  const counts = { passed: 2, failed: 1, skipped: 2, notForVersion: 1 }
  expect(countsIn({ testResults: [{ assertionResults }] }, 1)).toEqual(counts)
})

it.each([
  { what: 'all tests passed', statuses: ['passed'], exitCode: 0, clean: true },
  { what: 'a test failed', statuses: ['passed', 'failed'], exitCode: 1, clean: false },
  { what: 'a test was skipped', statuses: ['passed', 'skipped'], exitCode: 0, clean: false },
  { what: 'a file could not be loaded', statuses: ['passed'], exitCode: 1, clean: false },
  { what: 'there were no tests', statuses: [], exitCode: 0, clean: false },
])('records a version: $clean, if $what', ({ statuses, exitCode, clean }) => {
  const counts = countsIn(
    { testResults: [{ assertionResults: statuses.map(status => test(status)) }] },
    exitCode,
  )
  expect(isClean({ version: 'v1.37.2', seconds: 1, ...counts })).toBe(clean)
})

it('keeps a record as the formatter writes it', () => {
  const root = join(import.meta.dirname, '../..')
  expect(recordText(readRecord(root))).toBe(readFileSync(join(root, recordFile), 'utf8'))
})
