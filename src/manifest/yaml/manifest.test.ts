import { describe, expect, it } from 'vitest'
import scalars from '../../profile/yaml/read.cases.json' with { type: 'json' }
import { readYaml } from '../../profile/yaml/read.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { inline } from './style.ts'

describe('parseManifest', () => {
  it.each([
    { text: '0644', value: 420, why: 'octal, as in defaultMode' },
    { text: '0o644', value: 420, why: 'octal in the newer way' },
    { text: 'yes', value: true, why: 'YAML 1.1' },
    { text: '"yes"', value: 'yes', why: 'quoted' },
    { text: '1_000', value: 1000, why: 'YAML 1.1' },
    { text: '.5', value: 0.5, why: 'a number' },
    { text: '1e3', value: 1000, why: 'a number' },
    { text: 'E1', value: 'E1', why: 'a name, no number' },
    { text: '.', value: '.', why: 'a path, no number' },
    { text: '22:22', value: '22:22', why: 'a port mapping, no number of base 60' },
    { text: '2024-01-01', value: '2024-01-01', why: 'text, no date' },
  ])('reads $text as kubectl does: $why', ({ text, value }) => {
    expect(manifestOf(`a: ${text}`).documents[0]?.value).toEqual({ a: value })
  })

  it('resolves anchors and merge keys', () => {
    const { documents } = manifestOf('a: &a { x: 1, z: 2 }\nb: { <<: *a, z: 3 }\n')
    expect(documents[0]?.value).toEqual({ a: { x: 1, z: 2 }, b: { x: 1, z: 3 } })
  })

  it('keeps keys of JavaScript as keys', () => {
    const [document] = manifestOf('{"__proto__": {"polluted": 1}, "constructor": 2}').documents
    expect(Object.keys(document?.value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it.each([
    { what: 'a member, at its key', path: ['a', 'b'], line: 3, column: 3 },
    { what: 'an item', path: ['a', 'b', 1], line: 5, column: 7 },
    { what: 'the nearest there is', path: ['a', 'b', 1, 'c'], line: 5, column: 7 },
    { what: 'the document', path: [], line: 2, column: 1 },
  ])('gives the place of $what', ({ path, line, column }) => {
    const [document] = manifestOf('\uFEFF# first\na:\n  b:\n    - 1\n    - 2\n').documents
    expect(document?.problemAt(path, 'x')).toEqual({ path, message: 'x', file: 'x.yaml', line, column })
  })

  it('counts columns without a byte order mark', () => {
    expect(manifestOf('\uFEFFa: 1').documents[0]?.problemAt(['a'], 'x')).toMatchObject({ line: 1, column: 1 })
  })

  it.each([
    { what: 'nesting without end', text: '['.repeat(5_000) },
    { what: 'too deep a nesting that ends', text: `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}` },
  ])('refuses $what instead of running out of stack', ({ text }) => {
    const { problems } = parseManifest(text, 'x.yaml')
    expect(problems).not.toEqual([])
    expect(JSON.stringify(problems)).not.toContain('call stack')
  })

  it('gives all problems of all documents at once', () => {
    expect(parseManifest('a: [\n---\nb: 1\nb: 2\n---\nc: "\n', 'x.yaml')).toMatchObject({
      problems: [{ line: 2 }, { line: 4 }, { line: 7 }],
    })
  })

  it('gives the documents that are valid', () => {
    expect(parseManifest('a: [\n---\nb: 1\n', 'x.yaml')).toMatchObject({
      manifest: { documents: [{ value: { b: 1 } }] },
      problems: [{ line: 2 }],
    })
  })
})

function manifestOf(text: string): Manifest {
  const { manifest, problems } = parseManifest(text, 'x.yaml')
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return manifest
}

describe('a string that is written', () => {
  it.each(scalars.flatMap(({ text }) => (text.startsWith('a: ') ? [text.slice(3).trimEnd()] : [])))(
    '%j is read as the same string by kubectl',
    text => {
      expect(readYaml(`a: ${inline(text)}`).documents[0]?.value).toEqual({ a: text })
    },
  )
})
