import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lanesOf } from './lanes.ts'

const lanes = (ends: string) =>
  Object.fromEntries([...lanesOf(ends.split(''))].map(([end, lane]) => [end, lane.at]))

describe('the lanes of lines', () => {
  it.each([
    { ends: 'aa', at: { a: 0 }, why: 'two rows share a lane' },
    { ends: 'ab', at: {}, why: 'a row alone needs none' },
    { ends: 'abab', at: { a: 0, b: 1 }, why: 'lines beside each other have two' },
    { ends: 'aabb', at: { a: 0, b: 0 }, why: 'a line below another one has the same' },
    { ends: 'abba', at: { a: 0, b: 1 }, why: 'a line within another one has its own' },
  ])('are few: $why', ({ ends, at }) => {
    expect(lanes(ends)).toEqual(at)
  })

  it('are none for rows without a line', () => {
    expect(lanesOf(['', 'a', '', 'a'])).toEqual(new Map([['a', { at: 0, first: 1, last: 3 }]]))
  })

  it('are never taken by two lines at the same row, and at most ten', () => {
    const ends = fc.array(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 300 })
    fc.assert(
      fc.property(ends, all => {
        const taken = new Set<string>()
        for (const { first, last, at } of lanesOf(all).values())
          for (let row = first; row <= last; row++) {
            expect(taken.has(`${at} ${row}`)).toBe(false)
            expect(at).toBeLessThan(10)
            taken.add(`${at} ${row}`)
          }
      }),
    )
  })
})
