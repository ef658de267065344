import { describe, expect, it } from 'vitest'
import { createHoldings } from './holdings.ts'

describe('createHoldings', () => {
  it('finds the oldest connection of the address that has the most', () => {
    const held = createHoldings<string>()
    for (const one of ['api 1', 'api 2']) held.add(one, '10.0.0.1', 1)
    for (const one of ['pod 1', 'pod 2', 'pod 3']) held.add(one, '10.1.7.9', 1)
    expect(held.mostDispensable()).toBe('pod 1')
    held.delete('pod 1')
    held.delete('pod 2')
    expect(held.mostDispensable()).toBe('api 1')
    expect([held.count(), held.total()]).toEqual([3, 3])
  })

  it('finds the largest one of an address', () => {
    const held = createHoldings<string>()
    for (const one of ['first', 'second', 'third']) held.add(one, '10.0.0.1', 1)
    held.add('second', '10.0.0.1', 4)
    expect(held.mostDispensable()).toBe('second')
    expect([held.count(), held.total()]).toEqual([3, 7])
  })

  it('is empty after the last one is deleted', () => {
    const held = createHoldings<string>()
    held.add('one', '10.0.0.1', 2)
    held.delete('one')
    held.delete('one')
    expect([held.count(), held.total(), held.mostDispensable()]).toEqual([0, 0, undefined])
  })
})
