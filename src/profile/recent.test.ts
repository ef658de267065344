import { describe, expect, it, vi } from 'vitest'
import { recent } from './recent.ts'

describe('recent', () => {
  it('makes once what is asked for again and again', () => {
    const make = vi.fn(() => ({}))
    const kept = recent<string, object>(2)
    expect(kept('a', make)).toBe(kept('a', make))
    expect(make).toHaveBeenCalledOnce()
  })

  it('lets go of what was not asked for the longest', () => {
    const made: string[] = []
    const kept = recent<string, string>(2)
    const ask = (key: string) =>
      kept(key, () => {
        made.push(key)
        return key
      })
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(ask(key)).toBe(key)
    expect(made).toEqual(['a', 'b', 'c', 'b'])
  })

  it('lets go of as much as what it keeps may weigh', () => {
    const made: string[] = []
    const kept = recent<string, string>(100, 10, text => text.length)
    const ask = (key: string) =>
      kept(key, () => {
        made.push(key)
        return key
      })
    for (const key of ['four', 'fours', 'four', 'sixsix', 'four', 'fours', 'fours'])
      expect(ask(key)).toBe(key)
    expect(made).toEqual(['four', 'fours', 'sixsix', 'fours'])
  })

  it('does not keep what alone weighs more, and nothing goes for it', () => {
    const made: number[] = []
    const kept = recent<number, number>(100, 10, weight => weight)
    const ask = (key: number) =>
      kept(key, () => {
        made.push(key)
        return key
      })
    for (const key of [4, 11, 11, 4]) ask(key)
    expect(made).toEqual([4, 11, 11])
  })
})
