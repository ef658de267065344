import fc from 'fast-check'
import { expect, it } from 'vitest'
import { changeBetween } from './text-editor.ts'

it('the change from one text to another is the part between what is the same at both ends', () => {
  expect(changeBetween('one two three', 'one 2 three')).toEqual({ from: 4, to: 7, insert: '2' })
  expect(changeBetween('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' })
  expect(changeBetween('a', 'a')).toBeUndefined()
})

it('the change gives the other text, for any two', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 })
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      fc.pre(before !== after)
      const { from, to, insert } = changeBetween(before, after)!
      expect(before.slice(0, from) + insert + before.slice(to)).toBe(after)
    }),
    { numRuns: 500 },
  )
})
