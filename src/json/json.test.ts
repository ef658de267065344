import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { limits } from '../limits/limits.ts'
import { canonical, equal, isObject, type Json, jsonText, sorted } from './json.ts'

const json = fc.jsonValue() as fc.Arbitrary<Json>

/** The same JSON with the keys of each object the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member as Json)]),
  )
}

describe('isObject', () => {
  it.each([
    [{}, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    [undefined, false],
    ['text', false],
  ])('%j: %j', (value, is) => {
    expect(isObject(value)).toBe(is)
  })
})

describe('canonical', () => {
  it('sorts keys at every depth and leaves absent members out', () => {
    expect(canonical({ b: [{ d: 1, c: null }], a: undefined, '': 'é' })).toBe(
      '{"":"é","b":[{"c":null,"d":1}]}',
    )
  })

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(json, value => equal(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))),
    )
  })

  it('is the same text for equal values only', () => {
    fc.assert(fc.property(json, json, (a, b) => (canonical(a) === canonical(b)) === equal(a, b)))
  })
})

describe('jsonText', () => {
  const anyText = fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<Json>

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(anyText, value => equal(JSON.parse(jsonText(value)), JSON.parse(JSON.stringify(value)))),
    )
  })

  it('escapes what YAML takes for no character, or for a line end', () => {
    expect(jsonText(['\u007f\u0085\u2028\u2029\ufeff\uffff', 'é\u{1f600}'])).toBe(
      '["\\u007f\\u0085\\u2028\\u2029\\ufeff\\uffff","é\u{1f600}"]',
    )
  })

  it.each(['1.1', '1.2'] as const)('is YAML %s of the same value', version => {
    fc.assert(
      fc.property(anyText, value => {
        const text = jsonText([value])
        expect(parse(text, { version })).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('equal', () => {
  it.each<[Json | undefined, Json | undefined]>([
    [null, {}],
    [[], {}],
    [{}, []],
    ['1', 1],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ toString: 1 }, {}],
    [JSON.parse('{"__proto__": {}}'), { a: {} }],
    [undefined, null],
  ])('tells %j from %j', (a, b) => {
    expect(equal(a, b)).toBe(false)
  })

  it('does not mind the order of keys', () => {
    fc.assert(fc.property(json, value => equal(value, reversed(value))))
  })
})

describe('JSON as deep as a Pod may be', () => {
  it('is walked by every function', () => {
    const deep = (levels: number): Json =>
      levels === 0 ? 'x' : levels % 2 === 0 ? [deep(levels - 1)] : { a: deep(levels - 1) }
    const [one, other] = [deep(limits.podDepth), deep(limits.podDepth)]
    expect(equal(one, other)).toBe(true)
    expect(canonical(sorted(one))).toBe(jsonText(one))
  })
})
