import { describe, expect, it } from 'vitest'
import { limits } from '../../limits/limits.ts'
import cases from './read.cases.json' with { type: 'json' }
import { readYaml } from './read.ts'

/** What kubectl's own library makes of each text: written by test/kubectl-yaml. */
const table = cases as readonly { readonly text: string; readonly json?: string }[]

/** `undefined` for what is refused. */
function read(text: string): unknown {
  const { documents } = readYaml(text)
  return documents.some(({ mistakes }) => mistakes.length > 0) ? undefined : (documents[0]?.value ?? null)
}

/** Where Pillion is stricter, for a typo would go unseen. */
const stricter = [
  '"a":1\n',
  'a: 1\na: 2\n',
  'a: {b: 1, b: 2}\n',
  '"a": 1\n"a": 2\n',
  'a: {1: b, "1": c}\n',
  'd: {<<: {a: 1}, <<: {b: 2}}\n',
]

/** Where the library takes more than go-yaml, or more of JSON; and where a key wins over a merge behind it. */
const laxer = [
  'a: !!null x\n',
  'a: "\\/"\n',
  '%YAML 1.3\n---\na: 1\n',
  '{"a":"\\ud83d\\ude00"}',
  'a: x\u0000y\n',
  'a: \u0007\n',
  'd: {c: 2, <<: {c: 1}}\n',
]

describe('a text', () => {
  const others = new Set([...stricter, ...laxer])

  it.each(table.filter(({ text }) => !others.has(text)))(
    '$text is what it is to kubectl',
    ({ text, json }) => {
      expect(read(text)).toEqual(json === undefined ? undefined : JSON.parse(json))
    },
  )

  it.each(stricter)('%j is refused', text => {
    expect(read(text)).toBeUndefined()
  })

  it.each(laxer)('%j is taken', text => {
    expect(read(text)).toBeDefined()
  })
})

const mistakes = (text: string) =>
  readYaml(text).documents.flatMap(each => each.mistakes.map(({ message }) => message))

describe('a mistake that the parser accepts', () => {
  it.each([
    {
      what: 'a number that JSON does not have',
      text: 'a: -.inf\n',
      says: '-.inf is not a JSON number',
      at: 3,
    },
    {
      what: 'another version of YAML',
      text: '%YAML 1.2\n---\na: 1\n',
      says: '%YAML 1.2: kubectl reads version 1.1 only',
      at: 14,
    },
    { what: 'text that should be bytes', text: 'a: !!binary "%"\n', says: '!!binary is not base64', at: 3 },
  ])('is $what', ({ text, says, at }) => {
    const { documents } = readYaml(text)
    expect(documents.map(each => each.mistakes)).toEqual([[{ message: says, offset: at }]])
  })

  it('comes in the order of the text, and the first ones only', () => {
    const twice = (name: string) => `{ ${name}: 1, ${name}: 2 }`
    const keys = Array.from({ length: limits.problems + 1 }, (_, i) => `k${i}: ${twice(`m${i}`)}\n`)
    const found = mistakes(`${keys.join('')}k0: 1\n`)
    expect(found).toHaveLength(limits.problems)
    expect(found.slice(0, 2)).toEqual(['m0', 'm1'].map(key => `the key "${key}" appears twice in one map`))
  })
})

describe('what a text can cost', () => {
  it('may be just within each limit', () => {
    const depth = limits.yamlDepth + 1
    expect(mistakes(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toEqual([])
    const anchors = Array.from({ length: limits.yamlAliases / 50 }, (_, i) => `a${i}: &a${i} 1\n`)
    const aliases = anchors.map((_, i) => `b${i}: [${`*a${i},`.repeat(50)}]\n`)
    expect(mistakes([...anchors, ...aliases].join(''))).toEqual([])
  })

  it.each([
    ['documents', '--- 1\n'.repeat(limits.yamlDocuments + 1), /more than 10000 documents/],
    [
      'depth',
      `${'['.repeat(limits.yamlDepth + 2)}${']'.repeat(limits.yamlDepth + 2)}`,
      /more than 128 levels/,
    ],
    ['depth that no stack holds', '['.repeat(100_000), /more than 128 levels/],
    ['aliases', `a: &a 1\nb: [${'*a,'.repeat(limits.yamlAliases + 1)}]`, /more than 1000 aliases/],
    ['aliases of one anchor', `a: &a [1]\nb: [${'*a,'.repeat(150)}]`, /Excessive alias count/],
    [
      'aliases of aliases',
      `a0: &a0 [1]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`).join('')}`,
      /Excessive alias count/,
    ],
    ['characters', ' '.repeat(limits.yamlLength + 1), /longer than 16777216 characters/],
  ])('is bounded in its %s', (_, text, says) => {
    expect(mistakes(text)).toEqual([expect.stringMatching(says)])
  })

  it('is linear in the keys of a map', () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}: 1\n`).join('')
    expect(mistakes(`${keys}k7: 2\n`)).toEqual(['the key "k7" appears twice in one map'])
  })
})
