import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { patternSize } from './regex-size.ts'

/** The number of instructions that RE2 made, or undefined if the text is not a pattern. */
function made(source: string): number | undefined {
  try {
    return RE2JS.compile(source).programSize()
  } catch {
    return undefined
  }
}

const character = fc.constantFrom(
  ...'abkszKS01_-.^$ é日',
  '\u{1f600}',
  ...['\\.', '\\\\', '\\n', '\\x41', '\\x{1e900}', '\\101', '\\07', '\\b', '\\B', '\\A', '\\z', '\\{'],
)
const set = fc.constantFrom('\\d', '\\W', '\\pL', '\\p{Greek}', '\\P{Lu}', '\\p{^Ll}', '.')
const inClass = fc.constantFrom(
  ...[
    'a',
    'z',
    '0-9',
    'a-z',
    '[:alpha:]',
    '[:^space:]',
    '\\d',
    '\\pN',
    '\\x{3b1}-\\x{3c9}',
    '\\]',
    '-',
    '^',
    '[',
  ],
)
const bracketed = fc
  .tuple(fc.constantFrom('[', '[^', '[]', '[^]'), fc.array(inClass, { minLength: 1, maxLength: 4 }))
  .map(([open, items]) => `${open}${items.join('')}]`)
const quoted = fc.constantFrom('\\Qa.b\\E', '\\Q\\E', '\\Q{3}\\E', '(?i)', '(?s-i)', '(?U)')
const count = fc.constantFrom(
  '*',
  '+',
  '?',
  '*?',
  '{0}',
  '{2}',
  '{0,3}',
  '{3,}',
  '{2,7}',
  '{31}',
  '{,3}',
  '{2}?',
  '{1,',
)
const open = fc.constantFrom('(', '(?:', '(?i:', '(?P<a>', '(?<b>')

const { pattern } = fc.letrec<{ pattern: string; part: string }>(tie => ({
  pattern: fc
    .array(fc.array(tie('part'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map(branches => branches.map(parts => parts.join('')).join('|')),
  part: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(character, set, bracketed, quoted),
    fc.tuple(tie('part'), count).map(parts => parts.join('')),
    fc.tuple(open, tie('pattern')).map(([begin, inner]) => `${begin}${inner})`),
  ),
}))

describe('patternSize', () => {
  it('is never smaller than the number of instructions that RE2 makes', () => {
    let compiled = 0
    fc.assert(
      fc.property(pattern, source => {
        // A pattern over the limit is refused, so it is not compiled here either.
        if (patternSize(source) > 50_000) return
        const size = made(source)
        if (size === undefined) return
        compiled++
        expect(patternSize(source)).toBeGreaterThanOrEqual(size)
      }),
      { numRuns: 5_000 },
    )
    expect(compiled).toBeGreaterThan(1_000)
  })

  it('is never smaller for random text either', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?\\^-:,.13ipPQEx<>_'), maxLength: 40 })
    fc.assert(
      fc.property(text, source => {
        const size = patternSize(source) > 50_000 ? undefined : made(source)
        if (size !== undefined) expect(patternSize(source)).toBeGreaterThanOrEqual(size)
      }),
      { numRuns: 20_000 },
    )
  })

  it.each([
    ['y{900}'.repeat(40), 36_000],
    ['(?:(?:ab){20}c){40}', 1_600],
    ['(?:q{31}(?i){31})', 961],
    ['\\p{Lu}{300}', 10_000],
    [`[${'\\pL'.repeat(300)}]`, 10_000],
    ['(?i)[B-\\x{1e900}]', 10_000],
  ])('finds that %s is large', (source, least) => {
    expect(patternSize(source)).toBeGreaterThanOrEqual(least)
  })

  it.each([
    ['^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$', 250],
    ['^\\p{L}{1,63}$', 4_000],
    ['(?i)^(debug|info|warn|error)$', 40],
  ])('does not overestimate %s', (source, most) => {
    expect(patternSize(source)).toBeLessThan(most)
  })
})
