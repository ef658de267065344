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
})
