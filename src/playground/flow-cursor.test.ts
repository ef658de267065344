import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Path } from '../problems/problem.ts'
import { cursorAt } from './cursor.ts'

/** A map of lists, maps and texts. All keys and texts are different, so each is found in a text. */
type Tree = readonly Tree[] | { readonly of: readonly Tree[] } | 'text'

const tree = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constant('text' as const),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    fc.record({ of: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }) }),
  ),
})).tree

interface Place {
  readonly word: string
  readonly path: Path
  readonly key: string
  readonly isInValue: boolean
}

/** The value of a tree, and what a cursor in each of its keys and texts must find. */
function built(root: readonly Tree[]) {
  const places: Place[] = []
  let count = 0
  const make = (node: Tree, path: Path, key: string | undefined): unknown => {
    if (node === 'text') {
      const word = `text${count++}{,}: '#`
      places.push({ word, path, key: key ?? word, isInValue: key !== undefined })
      return word
    }
    const inner = key === undefined ? path : [...path, key]
    if ('of' in node) {
      return Object.fromEntries(
        node.of.map(each => {
          const word = `key${count++}/x`
          places.push({ word, path: inner, key: word, isInValue: false })
          return [word, make(each, inner, word)]
        }),
      )
    }
    return node.map(each => make(each, [...inner, 0], undefined))
  }
  return { value: make({ of: root }, [], undefined), places }
}

describe('a cursor in braces', () => {
  it.each<[string, (value: unknown) => string, Path]>([
    ['JSON on one line', value => JSON.stringify(value), []],
    ['JSON on many lines', value => `\n${JSON.stringify(value, null, 2)}\n`, []],
    [
      'YAML below a key',
      value =>
        `a: { b: c }\nspec:\n  in: ${stringify(value, { collectionStyle: 'flow' }).replaceAll('\n', '\n    ')}`,
      ['spec', 'in'],
    ],
  ])('knows where it is, wherever it is in %s', (_, write, above) => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), root => {
        const { value, places } = built(root)
        const text = write(value)
        for (const { word, path, key, isInValue } of places) {
          const start = text.indexOf(word)
          const found = cursorAt(text, start + 2)
          expect(found).toMatchObject({ path: [...above, ...path], key, isInValue, start })
          expect(text.slice(found.start, found.end)).toBe(word)
        }
      }),
      { numRuns: 60 },
    )
  })
})
