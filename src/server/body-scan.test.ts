import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, type Json, member } from '../json/json.ts'
import { scanBody } from './body-scan.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('the number of values', () => {
  it.each([
    ['7', 1],
    ['[1,2,3]', 4],
    ['{"a":1,"b":[{}]}', 5],
    ['"[,{[,{"', 1],
    ['["\\"[,{", 1]', 3],
    ['["a\\\\", 1]', 3],
    ['["é,[", 1]', 3],
    ['[[[[', 5],
  ])('of %s is %d', (json, values) => {
    expect(scanBody(bytes(json)).values).toBe(values)
  })

  it('is no less than half of the values there are, and no more than two for each', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Object.values(value).reduce((sum: number, each) => sum + count(each), 0)
        : 1
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const { values } = scanBody(bytes(JSON.stringify(value)))
        expect(values).toBeGreaterThanOrEqual(count(value) / 2)
        expect(values).toBeLessThanOrEqual(2 * count(value))
      }),
    )
  })
})

it.each([
  ['7', 0],
  ['[1,{"a":[]},[]]', 3],
  ['"[[[["', 0],
  ['[[[[', 4],
  ['[[]]]]]][', 2],
])('the depth of %s is %d', (json, depth) => {
  expect(scanBody(bytes(json)).depth).toBe(depth)
})

describe('the managed fields', () => {
  /** What is left of a text without the bytes that the scan found. */
  const without = (text: string) => {
    const json = Buffer.from(text)
    const { from, to } = scanBody(json).managedFields ?? { from: 0, to: 0 }
    return Buffer.concat([json.subarray(0, from), json.subarray(to)]).toString()
  }
  const review = (metadata: string) => `{"request":{"object":{"metadata":${metadata}}}}`

  it.each([
    ['{"managedFields":[{"a":[1,{}]}]}', '{}'],
    ['{"managedFields":[],"name":"web"}', '{"name":"web"}'],
    ['{"name":"web","managedFields":[{"fieldsV1":{"f:spec":{}}}]}', '{"name":"web"}'],
    ['{"name":"a","managedFields":[1,2],"uid":"b"}', '{"name":"a","uid":"b"}'],
    ['{ "name" : "a" , "managedFields" : [ 1 ] , "uid" : "b" }', '{ "name" : "a"  , "uid" : "b" }'],
    ['{"managedFields":["]}","\\"}]","\\\\"],"uid":1}', '{"uid":1}'],
    ['{"managedFields":null,"uid":1}', '{"uid":1}'],
    ['{"name":"ü","managedFields":["ü"]}', '{"name":"ü"}'],
  ])('of %s are not in %s', (metadata, rest) => {
    expect(without(review(metadata)).replaceAll(' ', '')).toBe(review(rest).replaceAll(' ', ''))
  })

  it.each([
    review('{"labels":{"managedFields":"mine"}}'),
    review('{"name":"managedFields","a":["managedFields",{"managedFields":1}]}'),
    review('{"name":"\\"managedFields\\":[1]"}'),
    review('[{"managedFields":[1]}]'),
    '{"request":{"object":{"spec":{"managedFields":[1]},"managedFields":[1]}}}',
    '{"request":{"oldObject":{"metadata":{"managedFields":[1]}}}}',
    '{"request":{"a":{"object":{"metadata":{"managedFields":[1]}}}}}',
    '{"request":[{"object":{"metadata":{"managedFields":[1]}}}]}',
    '{"request":"x","object":{"metadata":{"managedFields":[1]}}}',
    '{"metadata":{"managedFields":[1]}}',
    '[{"request":{"object":{"metadata":{"managedFields":[1]}}}}]',
  ])('are those of the object under review: all of %s stays', text => {
    expect(scanBody(bytes(text)).managedFields).toBeUndefined()
  })

  // Names of the path at every level, so that they meet in all orders.
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.oneof(
        fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'é') }),
        fc.jsonValue(),
      ),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('request', 'object', 'metadata', 'managedFields', 'a"', '\\'),
        tie('tree'),
        {
          maxKeys: 4,
        },
      ),
    ),
  }))
  const on = (names: readonly string[]): fc.Arbitrary<unknown> => {
    const [name, ...rest] = names
    if (name === undefined) return tree
    const further = fc.oneof({ weight: 9, arbitrary: on(rest) }, { weight: 1, arbitrary: tree })
    return fc
      .tuple(
        fc.dictionary(fc.string(), tree, { maxKeys: 2 }),
        further,
        fc.dictionary(fc.string(), tree, { maxKeys: 2 }),
      )
      .map(([before, value, after]) => ({ ...before, [name]: value, ...after }))
  }

  it('are what a review without them lacks, and nothing else', () => {
    fc.assert(
      fc.property(
        on(['request', 'object', 'metadata', 'managedFields']),
        fc.constantFrom('', ' ', '\t', '\n'),
        (value, space) => {
          const text = JSON.stringify(value, null, space)
          const expected: Json = JSON.parse(text)
          const metadata = member(member(member(expected, 'request'), 'object'), 'metadata')
          if (isObject(metadata)) Reflect.deleteProperty(metadata, 'managedFields')
          expect(JSON.parse(without(text))).toEqual(expected)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('are within the body, also in one that is not JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':') }), text => {
        const { managedFields: { from, to } = { from: 0, to: 0 } } = scanBody(bytes(text))
        expect(from).toBeLessThanOrEqual(to)
        expect(to).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})
