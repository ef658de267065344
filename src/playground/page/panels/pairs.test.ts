import { expect, it } from 'vitest'
import { pairsIn, pairsText } from './pairs.ts'

it('reads one pair on each line, and its text again', () => {
  const text = 'pillion.dev/inject=enabled\nteam=a=b\nempty='
  const { pairs, problem } = pairsIn(text)
  expect({ pairs, problem }).toEqual({
    pairs: { 'pillion.dev/inject': 'enabled', team: 'a=b', empty: '' },
    problem: undefined,
  })
  expect(pairsText(pairs)).toBe(text)
})

it('names the first line that is no pair, and takes the others', () => {
  expect(pairsIn('a=b\n\nteam\n=x')).toEqual({
    pairs: { a: 'b' },
    problem: 'Line 3 is "team": write key=value.',
  })
})
