import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { lru } from './lru.ts'

describe('recent', () => {
  it('makes once what is asked for again and again', () => {
    const make = vi.fn(() => ({}))
    const kept = lru<string, object>(2)
    expect(kept('a', make)).toBe(kept('a', make))
    expect(make).toHaveBeenCalledOnce()
  })

  it('lets go of what was not asked for the longest', () => {
    const made: string[] = []
    const kept = lru<string, string>(2)
    const ask = (key: string) =>
      kept(key, () => {
        made.push(key)
        return key
      })
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(ask(key)).toBe(key)
    expect(made).toEqual(['a', 'b', 'c', 'b'])
  })

  it('makes room for a new key, also when all others are asked for again and again', () => {
    const kept = lru<string, object>(2)
    const [a, b] = [{}, {}]
    for (const _ of [1, 2]) for (const one of [a, b]) kept(one === a ? 'a' : 'b', () => one)
    const c = kept('c', () => ({}))
    expect(kept('c', () => ({}))).toBe(c)
  })

  it('lets go of as much as what it keeps may weigh', () => {
    const made: string[] = []
    const kept = lru<string, string>(100, 10, text => text.length)
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
    const kept = lru<number, number>(100, 10, weight => weight)
    const ask = (key: number) =>
      kept(key, () => {
        made.push(key)
        return key
      })
    for (const key of [4, 11, 11, 4]) ask(key)
    expect(made).toEqual([4, 11, 11])
  })
})

function counted(keys: number, weight: number) {
  let made = 0
  const keep = lru<string, string>(keys, weight, value => value.length)
  return (text: string) => {
    made = 0
    const value = keep(text, () => {
      made++
      return text
    })
    return { value, isMade: made === 1 }
  }
}

describe('what is kept by weight', () => {
  it('is given again, and what was asked for the longest ago goes first', () => {
    const ask = counted(10, 6)
    expect(['aa', 'bb', 'cc', 'aa', 'dd', 'bb', 'aa'].map(text => ask(text).isMade)).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
      false,
    ])
  })

  it('has no room for what is heavier than all of it, and loses nothing for that', () => {
    const ask = counted(10, 6)
    expect(['aa', 'xxxxxxx', 'xxxxxxx', 'aa'].map(text => ask(text).isMade)).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  it('is limited by number, too', () => {
    const ask = counted(2, 100)
    expect(['a', 'b', 'c', 'a'].map(text => ask(text).isMade)).toEqual([true, true, true, true])
  })

  it('is always what was asked for', () => {
    const texts = fc.array(fc.string({ maxLength: 8 }), { maxLength: 50 })
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 20 }),
        (asked, keys, weight) => {
          const ask = counted(keys, weight)
          for (const text of asked) expect(ask(text).value).toBe(text)
        },
      ),
    )
  })
})
