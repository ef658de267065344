import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Operation, Removal } from '../../engine/patch/apply.ts'
import { applied } from '../../engine/patch/apply.ts'
import { isObject, type Json } from '../../json/json.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { patchManifest } from './patch.ts'

describe('patchManifest', () => {
  it.each([
    {
      what: 'adds a member after the last one, before the comments of what follows',
      text: 'a:\n  b: 1 # one\n\n# about c\nc: 2\n',
      patch: [add('/a/x', 'new')],
      gives: 'a:\n  b: 1 # one\n  x: new\n\n# about c\nc: 2\n',
    },
    {
      what: 'puts a first item above the comment of the one that was first',
      text: 'a:\n  # the app\n  - b\n',
      patch: [add('/a/0', 'new')],
      gives: 'a:\n  - new\n  # the app\n  - b\n',
    },
    {
      what: 'puts items between others',
      text: 'a:\n- b # b\n# about c\n- c',
      patch: [add('/a/1', { x: [1] }), add('/a/2', 'z')],
      gives: 'a:\n- b # b\n- x:\n  - 1\n- z\n# about c\n- c',
    },
    {
      what: 'leaves a last line without an end without one',
      text: 'a:\n- b',
      patch: [add('/a/-', 'c'), add('/d', 1)],
      gives: 'a:\n- b\n- c\nd: 1',
    },
    {
      what: 'keeps CRLF',
      text: 'a:\r\n- |\r\n  b\r\nc: 1\r\n',
      patch: [add('/a/-', 'x\ny\n'), add('/d', {})],
      gives: 'a:\r\n- |\r\n  b\r\n- |\r\n  x\r\n  y\r\nc: 1\r\nd: {}\r\n',
    },
    {
      what: 'writes as deep as its author does',
      text: 'a:\n    b:\n        - c: 1\n',
      patch: [add('/a/b/-', { d: { e: [1] } })],
      gives: 'a:\n    b:\n        - c: 1\n        - d:\n              e:\n                  - 1\n',
    },
    {
      what: 'fills what was empty, and keeps the comment behind it',
      text: 'e:\n  - 0\na: [] # none\nb: # none\nc: null\nd: {}\n',
      patch: [add('/a/-', 1), add('/b', { x: 1 }), add('/c', [2]), add('/d/z', 3)],
      gives: 'e:\n  - 0\na: # none\n  - 1\nb: # none\n  x: 1\nc:\n  - 2\nd:\n  z: 3\n',
    },
    {
      what: 'replaces values of all kinds',
      text: 'a: "x"\nb: |\n  x\nc:\n  # c\n  x: 1\nd: [1,\n  2]\n',
      patch: [add('/a', 'new'), add('/b', 'new'), add('/c', 'new'), add('/d', { x: 1 })],
      gives: 'a: new\nb: new\nc: new\nd:\n  x: 1\n',
    },
    {
      what: 'adds to { } and [ ] on one line',
      text: 'a: {b: [1, 2], c: {}} # c\n',
      patch: [add('/a/b/0', 0), add('/a/b/-', 'x'), add('/a/c/y', [1]), add('/a/z', null)],
      gives: 'a: {b: [0, 1, 2, "x"], c: {"y":[1]}, "z": null} # c\n',
    },
    {
      what: 'adds to JSON as JSON is written',
      text: '{\n  "a": {},\n  "b": [\n    1\n  ]\n}\n',
      patch: [add('/a/x', [1]), add('/b/-', { y: 2 }), add('/c', 'z')],
      gives:
        '{\n  "a": {\n    "x": [\n      1\n    ]\n  },\n  "b": [\n    1,\n    {\n      "y": 2\n    }\n  ],\n  "c": "z"\n}\n',
    },
    {
      what: 'adds into what it added',
      text: 'a: 1\n',
      patch: [add('/b', {}), add('/b/c~1d', []), add('/b/c~1d/-', '~'), add('/b/c~1d/0', 'first')],
      gives: 'a: 1\nb:\n  c/d:\n  - first\n  - "~"\n',
    },
    {
      what: 'takes lines away and leaves the comments of others',
      text: '# a\na:\n  - b: 1 # b\n    c: 2\n  # d\n  - d\n  - |\n    e\n\nf: 1\n',
      patch: [remove('/a/2'), remove('/a/0'), remove('/f')],
      gives: '# a\na:\n  # d\n  - d\n\n',
    },
    {
      what: 'says that a list or map is empty now',
      text: 'a: # a\n  - 1\n  - 2\nb:\n  c: 1\nd: [1]\n',
      patch: [remove('/a/1'), remove('/a/0'), remove('/b/c'), remove('/d/0')],
      gives: 'a: [] # a\nb: {}\nd: []\n',
    },
    {
      what: 'leaves the dash to the next member',
      text: '- a:\n    - 1\n  b: 2\n  c: 3\n- -\n  - 1\n',
      patch: [remove('/0/a'), remove('/0/b')],
      gives: '- c: 3\n- -\n  - 1\n',
    },
    {
      what: 'takes from { } and [ ]',
      text: 'a: {b: 1, c: 2, d: 3}\ne: [1, 2, 3]\n',
      patch: [remove('/a/b'), remove('/a/d'), remove('/e/1'), remove('/e/1')],
      gives: 'a: {c: 2}\ne: [1]\n',
    },
    {
      what: 'keeps numbers, quotes and a byte order mark as they were written',
      text: "\uFEFFmode: 0644\nq: 'x'\nbig: 1e3\nlong: >\n  a\n  b\n",
      patch: [add('/on', 'yes')],
      gives: '\uFEFFmode: 0644\nq: \'x\'\nbig: 1e3\nlong: >\n  a\n  b\n"on": "yes"\n',
    },
  ])('$what', ({ text, patch, gives }) => {
    expect(patchText(text, patch)).toMatchObject({ text: gives })
  })

  it.each([
    {
      what: 'an alias',
      text: 'a: &x\n  b: 1\nc: *x\n',
      patch: [add('/c/d', 2)],
      line: 3,
      says: '*x is also used in another place, which must not change: write the value here in full, or use -o json',
    },
    {
      what: 'what an alias elsewhere repeats',
      text: 'a: &x\n  b: 1\nc: *x\n',
      patch: [add('/a/d', 2)],
      line: 1,
      says: '&x is also used in another place, which must not change: write the value here in full, or use -o json',
    },
    {
      what: 'the alias of an item, at its line',
      text: 'list:\n  - a: &x [1]\n  - a: *x\n',
      patch: [add('/list/1/a/-', 2)],
      line: 3,
      says: '*x is also used in another place, which must not change: write the value here in full, or use -o json',
    },
    {
      what: 'an anchor further down, at its line',
      text: 'list:\n  - a: 1\n  - b: &x [1]\nc: *x\n',
      patch: [add('/list/1/b/-', 2)],
      line: 3,
      says: '&x is also used in another place, which must not change: write the value here in full, or use -o json',
    },
    {
      what: 'what a merge key gives',
      text: 'x: &x\n  list: [1]\na:\n  <<: *x\n',
      patch: [add('/a/list/-', 2)],
      line: 3,
      says: 'list comes from a merge key (<<): its value is also used in another place, which must not change: write the value here in full, or use -o json',
    },
  ])('refuses to edit $what', ({ text, patch, line, says }) => {
    const refused = patchText(text, patch)
    expect(refused).toMatchObject({ problems: [{ line, message: says }] })
  })

  it('edits beside anchors, aliases and merge keys', () => {
    const text = 'a: &x { b: 1 }\nc: *x\nd:\n  <<: *x\n  e: 2\n'
    expect(patchText(text, [add('/d/f', 3)])).toMatchObject({ text: `${text}  f: 3\n` })
  })

  it('edits each of several documents and leaves the bytes between them', () => {
    const manifest = manifestOf('# one\na: 1\n---\n---\nb: 2 # two\n...\n--- # three\nc: 3')
    const [one, , two] = manifest.documents
    const patches = new Map([
      [one!, [add('/x', 1)]],
      [two!, [add('/z', 2)]],
    ])
    expect(patchManifest(manifest, patches)).toMatchObject({
      text: '# one\na: 1\nx: 1\n---\n---\nb: 2 # two\nz: 2\n...\n--- # three\nc: 3',
    })
  })

  it('gives the patched value for any document in any layout', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { minLength: 1, maxLength: 24 }), (text, seeds) => {
        const before = manifestOf(text).documents[0]?.value ?? null
        const patch = patchFor(before, seeds)
        const result = patchText(text, patch)
        expect(result).toHaveProperty('text')
        const { text: edited } = result as { text: string }
        expect(manifestOf(edited).documents[0]?.value).toEqual(applied(before, patch))
      }),
      { numRuns: 500 },
    )
  })
})

const keys = fc.constantFrom('a', 'b', 'c/d', 'e~f', 'no', '0')
const scalars = fc.oneof(
  fc.constantFrom(null, true, 0, 1.5, '', 'x', '0644', 'y', '- z', 'one\ntwo\n', 'one\n\n', '# no', ' pad '),
  fc.string({ maxLength: 5 }).filter(text => /^[ -~]*$/.test(text)),
)
const { value: values } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    scalars,
    // Kubernetes has no lists of lists.
    fc.array(
      tie('value').filter(item => !Array.isArray(item)),
      { maxLength: 3 },
    ),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}))
const documents = fc.dictionary(keys, values, { minKeys: 1, maxKeys: 5 })

const yaml = fc
  .record({
    indent: fc.constantFrom(2, 3, 4),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
    lineWidth: fc.constantFrom(0, 20, 80),
    version: fc.constant('1.1' as const),
  })
  .map(options => (value: Json) => stringify(value, { ...options, aliasDuplicateObjects: false }))
const json = fc.constantFrom(0, 2, 4).map(indent => (value: Json) => JSON.stringify(value, null, indent))
const texts = fc
  .tuple(documents, fc.oneof(yaml, json), fc.boolean(), fc.boolean())
  .map(([value, write, isEnded, isCrlf]) => {
    const text = isEnded ? write(value) : write(value).trimEnd()
    return isCrlf ? text.replaceAll('\n', '\r\n') : text
  })
  // The library writes some narrow flow collections as it does not read them.
  .filter(text => parseManifest(text, 'x.yaml').problems.length === 0)

/** Operations that apply in sequence; each number chooses one. */
function patchFor(value: Json, seeds: readonly number[]): (Operation | Removal)[] {
  const patch: (Operation | Removal)[] = []
  let now = value
  for (const seed of seeds) {
    const places = placesIn(now, '')
    const operation = places[seed % places.length]
    if (!operation) break
    patch.push(operation)
    now = applied(now, [operation])
  }
  return patch
}

function placesIn(value: Json, path: string): (Operation | Removal)[] {
  const fresh: Json[] = ['new', { x: [1, 'two\nlines\n'] }, {}]
  if (Array.isArray(value)) {
    return [
      ...fresh.map(item => add(`${path}/-`, item)),
      ...value.flatMap((item: Json, i) => [
        add(`${path}/${i}`, 'between'),
        remove(`${path}/${i}`),
        ...placesIn(item, `${path}/${i}`),
      ]),
    ]
  }
  if (!isObject(value)) return []
  return [
    ...fresh.map((item, i) => add(`${path}/fresh${i}`, item)),
    ...Object.entries(value).flatMap(([key, member]) => {
      const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      return [...fresh.map(item => add(at, item)), remove(at), ...placesIn(member ?? null, at)]
    }),
  ]
}

function add(path: string, value: Json): Operation {
  return { op: 'add', path, value }
}

function remove(path: string): Removal {
  return { op: 'remove', path }
}

function patchText(text: string, patch: readonly (Operation | Removal)[]) {
  const manifest = manifestOf(text)
  return patchManifest(manifest, new Map([[manifest.documents[0]!, patch]]))
}

function manifestOf(text: string): Manifest {
  const { manifest, problems } = parseManifest(text, 'x.yaml')
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return manifest
}
