import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readMeasurements } from '../tools/docs/reliability-page.ts'
import { root } from '../tools/kind/run.ts'

it('has only results of tests that exist', () => {
  const stale = readMeasurements(root).filter(
    ({ file, fault }) => !readFileSync(join(root, file), 'utf8').includes(fault),
  )
  expect(stale).toEqual([])
})
