import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fairShare } from './fair-share.ts'

describe('fairShare', () => {
  it.each([
    { why: 'nobody wants anything', wanted: [], total: 5, share: Number.POSITIVE_INFINITY },
    { why: 'all that is wanted is there', wanted: [2, 3], total: 5, share: Number.POSITIVE_INFINITY },
    { why: 'each gets the same of what is not enough', wanted: [9, 9, 9], total: 10, share: 3 },
    { why: 'those who want little lose nothing', wanted: [100, 1, 2, 100], total: 13, share: 5 },
    { why: 'there is less than one for each', wanted: [4, 4, 4], total: 2, share: 0 },
  ])('is $share when $why', ({ wanted, total, share }) => {
    expect(fairShare(wanted, total)).toBe(share)
  })

  it('is the largest with which all together have no more than the total, in whatever order they come', () => {
    const numbers = fc.array(fc.nat(200), { maxLength: 30 })
    fc.assert(
      fc.property(numbers, fc.nat(2_000), (wanted, total) => {
        const share = fairShare(wanted, total)
        const taken = (most: number) => wanted.reduce((sum, each) => sum + Math.min(each, most), 0)
        expect(taken(share)).toBeLessThanOrEqual(total)
        if (Number.isFinite(share)) expect(taken(share + 1)).toBeGreaterThan(total)
        expect(fairShare(wanted.toReversed(), total)).toBe(share)
      }),
    )
  })
})
