import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

describe('nearest', () => {
  it.each([
    { name: 'loging', candidates: ['metrics', 'logging'], meant: 'logging', why: 'a letter is missing' },
    { name: 'loggging', candidates: ['metrics', 'logging'], meant: 'logging', why: 'a letter is too many' },
    { name: 'lagging', candidates: ['logging'], meant: 'logging', why: 'a letter is wrong' },
    { name: 'loggign', candidates: ['logging'], meant: 'logging', why: 'two neighbours are swapped' },
    { name: 'ab', candidates: ['ba'], meant: 'ba', why: 'a swap counts as one edit even in a short name' },
    { name: 'LOGGING', candidates: ['logging'], meant: 'logging', why: 'case does not matter' },
    { name: 'emptydir', candidates: ['emptyDir'], meant: 'emptyDir', why: 'the candidate keeps its case' },
    { name: 'path', candidates: ['patch', 'path'], meant: 'path', why: 'the same name is nearest' },
    { name: 'pat', candidates: ['path', 'pact'], meant: 'path', why: 'of two as near the first is meant' },
  ])('finds what was meant when $why', ({ name, candidates, meant }) => {
    expect(nearest(name, candidates)).toBe(meant)
  })

  it.each([
    { name: 'metrics', candidates: ['logging', 'tracing'], why: 'nothing is close' },
    { name: 'abcdef', candidates: ['abcxyz'], why: 'more than a third of the letters differ' },
    { name: 'ab', candidates: ['xy'], why: 'two letters of two differ' },
    { name: 'logging', candidates: [], why: 'there are no candidates' },
    { name: 'x'.repeat(129), candidates: ['x'.repeat(128)], why: 'the text is too long for a name' },
  ])('finds nothing when $why', ({ name, candidates }) => {
    expect(nearest(name, candidates)).toBeUndefined()
  })
})

describe('didYouMean', () => {
  it('ends a sentence with the nearest name, or with nothing', () => {
    expect(didYouMean('loging', ['logging'])).toBe('; did you mean "logging"?')
    expect(didYouMean('zebra', ['logging'])).toBe('')
  })
})
