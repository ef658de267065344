import { expect, it } from 'vitest'
import { changedRequest } from './requested.ts'

it.each([
  { value: undefined, now: [], name: 'a', isWanted: true, becomes: 'a', why: 'the first profile' },
  { value: 'b', now: ['b'], name: 'a', isWanted: true, becomes: 'b, a', why: 'a second one' },
  { value: 'none', now: [], name: 'a', isWanted: true, becomes: 'a', why: 'a Pod that opts out' },
  { value: 'b@12,a', now: ['b', 'a'], name: 'a', isWanted: false, becomes: 'b@12', why: 'a pin stays' },
  { value: 'a@12', now: ['a'], name: 'a', isWanted: false, becomes: undefined, why: 'nothing is left' },
  { value: 'x', now: [], name: 'a', isWanted: true, becomes: 'x, a', why: 'a name without a profile stays' },
  { value: undefined, now: ['a', 'b'], name: 'a', isWanted: false, becomes: 'b', why: 'the namespace asks' },
  {
    value: undefined,
    now: ['a'],
    name: 'a',
    isWanted: false,
    becomes: 'none',
    why: 'opts out of the namespace',
  },
])('$why', ({ value, now, name, isWanted, becomes }) => {
  expect(changedRequest(value, now, name, isWanted)).toBe(becomes)
})
