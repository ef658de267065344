import { globSync, readFileSync } from 'node:fs'
import { parse } from '@babel/parser'
import { checkSync } from 'recheck'
import { describe, expect, it } from 'vitest'
import coreSchemas from '../src/profile/schema/core.gen.json' with { type: 'json' }
import { ProfileObject } from '../src/profile/schema/schema.ts'

/**
 * The language's regular expressions backtrack, and they meet text that users write: annotations, profiles,
 * manifests, what an API server answers. `recheck` follows a pattern's automaton, the search for a place to start
 * included, and says whether any text can take it more than linear time. https://makenowjust-labs.github.io/recheck/
 */
interface Written {
  readonly where: string
  readonly source: string
  readonly flags: string
}

// recheck would otherwise start a native program for each pattern, where there is one.
process.env['RECHECK_BACKEND'] = 'pure'

interface Token {
  readonly type: { readonly label: string }
  readonly value?: unknown
  readonly loc: { readonly start: { readonly line: number } }
}

function tokensOf(text: string): readonly Token[] {
  return parse(text, { sourceType: 'module', plugins: ['typescript'], tokens: true }).tokens as Token[]
}

function literalsIn(file: string, tokens: readonly Token[]): readonly Written[] {
  return tokens
    .filter(({ type }) => type.label === 'regexp')
    .map(({ value, loc }) => {
      const { pattern, flags } = value as { pattern: string; flags: string }
      return { where: `${file}:${loc.start.line}`, source: pattern, flags }
    })
}

/** Where a text makes regular expressions at run time, which nobody can check before. */
function madeAtRunTime(file: string, tokens: readonly Token[]): readonly string[] {
  return tokens
    .filter(({ type, value }) => type.label === 'name' && value === 'RegExp')
    .map(({ loc }) => `${file}:${loc.start.line}`)
}

/** The patterns of a JSON Schema: typebox makes regular expressions of them. */
function patternsIn(schema: unknown, where: string): readonly Written[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]): readonly Written[] => {
    const place = `${where}.${key}`
    if (key === 'pattern' && typeof value === 'string') return [{ where: place, source: value, flags: 'u' }]
    const keys = key === 'patternProperties' ? Object.keys(value as object) : []
    return [...keys.map(source => ({ where: place, source, flags: 'u' })), ...patternsIn(value, place)]
  })
}

// Its other checker only tries texts, and can miss one. With so many repetitions unrolled nothing here needs it.
const asProof = { checker: 'automaton', maxRepeatCount: 100, timeout: 30_000 } as const

/** What is against a pattern: the text that attacks it, or that nothing is known. */
function against({ where, source, flags }: Written): readonly string[] {
  const result = checkSync(source, flags, asProof)
  if (result.status === 'safe') return []
  const why = result.status === 'vulnerable' ? result.attack.pattern : result.error.kind
  return [`${where}: /${source}/${flags} can take more than linear time: ${why}`]
}

const sources = globSync('src/**/*.ts').filter(file => !/\.(test|fixture)\.ts$/.test(file))
const read = sources.map(file => [file, tokensOf(readFileSync(file, 'utf8'))] as const)

describe('every regular expression in src/', () => {
  it('takes linear time on any text', () => {
    const written = read.flatMap(([file, tokens]) => literalsIn(file, tokens))
    expect(written.length).toBeGreaterThan(30)
    expect(unique(written).flatMap(against)).toEqual([])
  })

  it('is written as a literal, so that it can be checked', () => {
    expect(read.flatMap(([file, tokens]) => madeAtRunTime(file, tokens))).toEqual([])
  })
})

describe('every pattern in the schema of a profile', () => {
  it('takes linear time on any text', () => {
    const written = [
      ...patternsIn(ProfileObject, 'ProfileObject'),
      ...patternsIn(coreSchemas, 'core.gen.json'),
    ]
    expect(written.length).toBeGreaterThan(10)
    expect(unique(written).flatMap(against)).toEqual([])
  })
})

describe('the check itself', () => {
  it.each([
    { what: 'nested repetition', source: '^(a+)+$', flags: '' },
    { what: 'two ways to split a text', source: String.raw`^\d+[0-9a-f]*x$`, flags: '' },
    { what: 'a search that starts again at each letter', source: String.raw`\s+$`, flags: '' },
    {
      what: 'an unanchored search behind a prefix',
      source: String.raw`\$\([^)]*\bpod\b[^)]*\)\.svc`,
      flags: '',
    },
    { what: 'what it cannot follow', source: String.raw`^(a*)\1$`, flags: '' },
  ])('finds $what', ({ source, flags }) => {
    expect(against({ where: 'here', source, flags })).toHaveLength(1)
  })

  it('finds literals, and what is made at run time', () => {
    const tokens = tokensOf('const a: RegExp | number = /x+/g\nconst b = new RegExp(`${a}`), c = 4 / 2 / 1')
    expect(literalsIn('a.ts', tokens)).toEqual([{ where: 'a.ts:1', source: 'x+', flags: 'g' }])
    expect(madeAtRunTime('a.ts', tokens)).toEqual(['a.ts:1', 'a.ts:2'])
  })

  it('finds patterns and names of members, however deep', () => {
    const schema = {
      properties: { a: { items: { pattern: 'x' } } },
      patternProperties: { y: { pattern: 'z' } },
    }
    expect(patternsIn(schema, 's').map(({ source }) => source)).toEqual(['x', 'y', 'z'])
  })
})

function unique(written: readonly Written[]): readonly Written[] {
  return [...new Map(written.map(each => [`${each.flags}/${each.source}`, each])).values()]
}
