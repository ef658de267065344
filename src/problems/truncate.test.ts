import { expect, it } from 'vitest'
import { truncate } from './truncate.ts'

it.each([
  { text: 'abc', length: 3, gives: 'abc', why: 'a text that fits stays' },
  { text: 'abcd', length: 3, gives: 'ab…', why: 'the ellipsis counts' },
  { text: 'a😀b', length: 3, gives: 'a\uFFFD…', why: 'half of a character is replaced' },
])('truncate: $why', ({ text, length, gives }) => {
  expect(truncate(text, length)).toBe(gives)
})
