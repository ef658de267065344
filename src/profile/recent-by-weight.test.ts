import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recentByWeight } from './recent-by-weight.ts'

function counted(keys: number, weight: number) {
  let made = 0
  const keep = recentByWeight<string, string>({ keys, weight, weigh: value => value.length })
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
