import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namespacePace } from './namespace-pace.ts'

describe('the pace of a namespace', () => {
  it('allows a burst, then says how long to wait, and does not delay other namespaces', () => {
    const pace = namespacePace({ atOnce: 2, perMinute: 60 })
    expect([pace.take('loud', 0), pace.take('loud', 0), pace.take('loud', 0)]).toEqual([0, 0, 1_000])
    expect(pace.take('quiet', 0)).toBe(0)
    expect([pace.take('loud', 500), pace.take('loud', 1_000), pace.take('loud', 1_000)]).toEqual([
      500, 0, 1_000,
    ])
  })

  it('never takes more in any time than was allowed', () => {
    const asked = fc.array(fc.record({ namespace: fc.constantFrom('a', 'b'), afterMs: fc.nat(3_000) }))
    fc.assert(
      fc.property(asked, all => {
        const pace = namespacePace({ atOnce: 5, perMinute: 120 })
        const taken: Record<string, number[]> = { a: [], b: [] }
        let now = 0
        for (const { namespace, afterMs } of all) {
          now += afterMs
          if (pace.take(namespace, now) === 0) taken[namespace]?.push(now)
        }
        for (const times of Object.values(taken))
          times.forEach((from, i) => {
            times.slice(i).forEach((to, count) => {
              expect(count + 1).toBeLessThanOrEqual(5 + (to - from) / 500)
            })
          })
      }),
    )
  })

  it('forgets namespaces that have been quiet', () => {
    const pace = namespacePace({ atOnce: 1, perMinute: 60 })
    for (let i = 0; i < 3_000; i++) expect(pace.take(`n-${i}`, i * 10)).toBe(0)
    expect(pace.take('n-2999', 29_990)).toBe(1_000)
  })
})
