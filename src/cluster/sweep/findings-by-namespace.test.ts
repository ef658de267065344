import { describe, expect, it } from 'vitest'
import { findingsByNamespace } from './findings-by-namespace.ts'

describe('the counts of Pods that fall short', () => {
  const counts = findingsByNamespace()
  for (const [namespace, kind, times] of [
    ['bank', 'Missed', 1],
    ['shop', 'Missed', 3],
    ['shop', 'Denied', 1],
    ['attic', 'Outdated', 1],
    ['zoo', 'Missed', 1],
  ] as const) {
    for (let i = 0; i < times; i++) counts.add(namespace, kind)
  }

  it('know how many there are in all', () => {
    expect(counts.totals()).toEqual({ Missed: 5, Outdated: 1, Denied: 1 })
    expect(findingsByNamespace().totals()).toEqual({ Missed: 0, Outdated: 0, Denied: 0 })
  })

  it('show the namespaces with the most, and the rest together', () => {
    expect(counts.top(2)).toEqual([
      { namespace: 'shop', kind: 'Missed', count: 3 },
      { namespace: 'shop', kind: 'Denied', count: 1 },
      { namespace: 'attic', kind: 'Outdated', count: 1 },
      { namespace: '(other)', kind: 'Missed', count: 2 },
    ])
  })

  it('have no `(other)` when all are shown', () => {
    expect(counts.top(9).map(({ namespace }) => namespace)).not.toContain('(other)')
    expect(findingsByNamespace().top(9)).toEqual([])
  })
})
