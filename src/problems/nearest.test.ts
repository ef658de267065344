import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metered, withBudget } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { didYouMean, listNames, nearest } from './nearest.ts'

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
    { name: 'a'.repeat(60), candidates: [`${'a'.repeat(53)}${'b'.repeat(7)}`], why: 'seven letters differ' },
    { name: 'x'.repeat(129), candidates: ['x'.repeat(128)], why: 'the text is too long for a name' },
  ])('finds nothing when $why', ({ name, candidates }) => {
    expect(nearest(name, candidates)).toBeUndefined()
  })
})

describe('the work for one name', () => {
  // The letters are the same and their order is not, so they must be compared letter by letter.
  const decoys = (count: number) => Array.from({ length: count }, () => 'efabcd')

  it('is at most a fixed number of comparisons, for any number of candidates', () => {
    expect(nearest('abcdef', [...decoys(limits.distances - 1), 'abcdfe'])).toBe('abcdfe')
    expect(nearest('abcdef', [...decoys(limits.distances), 'abcdfe'])).toBeUndefined()
  })

  it('includes no comparison if the length or the letters are too different', () => {
    const others = Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? 'zzzzzz' : 'abcdefabcdef'))
    expect(nearest('abcdef', [...others, 'abcdfe'])).toBe('abcdfe')
  })
})

describe('the band that is compared', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 24 })

  it('gives the same result as the full table', () => {
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 8 }), (wanted, candidates) => {
        const most = Math.min(6, Math.max(1, Math.floor(wanted.length / 3)))
        const distances = candidates.map(candidate => ({
          candidate,
          distance: wholeDistance(wanted, candidate),
        }))
        const near = distances.filter(({ distance }) => distance <= most)
        const least = Math.min(...near.map(({ distance }) => distance))
        expect(nearest(wanted, candidates)).toBe(near.find(({ distance }) => distance === least)?.candidate)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** Every cell of the table, as the definition has it. https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance */
function wholeDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const ways = [
        table[i - 1]![j]! + 1,
        table[i]![j - 1]! + 1,
        table[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1]),
      ]
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        ways.push(table[i - 2]![j - 2]! + 1)
      table[i]![j] = Math.min(...ways)
    }
  }
  return table[a.length]![b.length]!
}

describe('the work of nearest', () => {
  const similar = (count: number) => Array.from({ length: count }, (_, i) => `${'v'.repeat(50)}-abcdef${i}`)
  const spentOn = (count: number) => metered(() => nearest(`${'v'.repeat(50)}-fedcba`, similar(count))).units

  it('is spent from the budget of the caller, the same for each candidate', () => {
    expect(spentOn(20)).toBeCloseTo(2 * spentOn(10), -2)
    expect(() => withBudget(spentOn(10) - 1, 'spent', () => spentOn(10))).toThrow('spent')
  })

  it('is small for candidates that are not compared letter by letter', () => {
    expect(spentOn(10 * limits.distances)).toBeLessThan(1.1 * spentOn(limits.distances))
  })
})

describe('listNames', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`)

  it('lists a few names, and says how many more there are', () => {
    expect(listNames([])).toBe('')
    expect(listNames(['a', 2, true])).toBe('a, 2, true')
    expect(listNames(names(limits.namesInMessage))).toBe(names(limits.namesInMessage).join(', '))
    expect(listNames(names(limits.namesInMessage + 24))).toMatch(/, n9 and 24 more$/)
  })

  it('shortens a text that is too long for a name', () => {
    expect(listNames(['x'.repeat(1_000), 'b'])).toBe(`${'x'.repeat(127)}…, b`)
  })
})

describe('didYouMean', () => {
  it('ends a sentence with the nearest name, or with nothing', () => {
    expect(didYouMean('loging', ['logging'])).toBe('; did you mean "logging"?')
    expect(didYouMean('zebra', ['logging'])).toBe('')
  })
})
