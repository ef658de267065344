import { expect, it } from 'vitest'
import { wrapped } from './wrap.ts'

it.each([
  { text: 'one two three', width: 9, lines: ['  one two', '  three'], why: 'at spaces' },
  { text: 'one  two\nthree', width: 99, lines: ['  one two three'], why: 'nowhere if it fits' },
  { text: 'incomprehensible a', width: 6, lines: ['  incomprehensible', '  a'], why: 'not in a word' },
  { text: '', width: 6, lines: [], why: 'nowhere if it is empty' },
])('breaks a text $why', ({ text, width, lines }) => {
  expect(wrapped(text, '  ', width)).toEqual(lines)
})
