import { expect, it } from 'vitest'
import { giveBackSpareMemory } from './spare-memory.ts'

it('gives back what nobody needs any more', () => {
  const megabytes = () => process.memoryUsage().heapTotal / 1e6
  giveBackSpareMemory()
  const before = megabytes()
  let garbage: object[] | undefined = Array.from({ length: 1_000_000 }, (_, i) => ({ i }))
  expect(garbage).toHaveLength(1_000_000)
  expect(megabytes()).toBeGreaterThan(before + 25)
  garbage = undefined
  giveBackSpareMemory()
  expect(megabytes()).toBeLessThan(before + 10)
})
