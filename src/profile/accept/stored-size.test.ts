import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { countAs, countedBytes, heldBytes, storedBytes } from './stored-size.ts'

const most = 1_000_000

describe('heldBytes', () => {
  it('is at least the bytes as JSON, and at least the memory for the number of values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const bytes = heldBytes(value as Json, most)
        expect(bytes).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)))
        const values = Array.isArray(value) ? value.length + 1 : 1
        expect(bytes).toBeGreaterThanOrEqual(values * limits.valueBytes)
      }),
    )
  })

  const value = limits.valueBytes + 3
  it.each<{ what: string; of: Json | undefined; is: number }>([
    { what: 'nothing', of: undefined, is: 0 },
    { what: 'a text', of: 'ab', is: value + 2 },
    { what: 'a text with a quote and an umlaut', of: '"ä', is: value + 4 },
    { what: 'a number', of: 12.5, is: value + 4 },
    { what: 'null', of: null, is: value + 4 },
    { what: 'a list', of: [1, 'a'], is: 3 * value + 2 },
    { what: 'an object', of: { ab: true }, is: 2 * value + (2 + 3) + 4 },
  ])('is, of $what, $is', ({ of, is }) => {
    expect(heldBytes(of, most)).toBe(is)
  })

  it('looks no further than the limit', () => {
    const [read, items] = [new Set<number>(), Array(1_000).fill(0)]
    const watched = new Proxy(items, {
      get(list, key) {
        read.add(Number(key))
        return Reflect.get(list, key)
      },
    })
    expect(heldBytes(watched, items.length - 1)).toBe(items.length)
    expect(read.has(0)).toBe(false)
    expect(heldBytes([[1, 2, 3], 'x'.repeat(100)], 3 * value)).toBe(2 * value + 100)
  })

  it('counts each value of a list of empty objects', () => {
    expect(heldBytes(Array(1_000).fill({}), most)).toBeGreaterThan(32_000)
  })

  it.each([
    ['text', 'x'.repeat(200)],
    ['members', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 1]))],
    ['items', Array(1_000).fill(0)],
  ])('exceeds the limit for %s that exceed it', (_, value) => {
    expect(heldBytes(value, 150)).toBeGreaterThan(150)
  })

  it('does not overflow the stack for a deep value', () => {
    let deep: Json = 1
    for (let i = 0; i < 100_000; i++) deep = { a: deep }
    expect(heldBytes(deep, 1e9)).toBeGreaterThan(100_000 * limits.valueBytes)
  })
})

describe('storedBytes', () => {
  const [small, large] = [{ a: 'x' }, { a: 'x'.repeat(5_000) }]
  it.each([
    { what: 'the spec', object: { spec: large }, is: large },
    { what: 'the spec alone', object: { spec: small, status: { conditions: [large] } }, is: small },
  ])('is that of $what', ({ object, is }) => {
    expect(storedBytes(object)).toBe(heldBytes(is, most))
  })

  it('is measured once', () => {
    const object: { spec: JsonObject } = { spec: small }
    const before = storedBytes(object)
    object.spec = large
    expect(storedBytes(object)).toBe(before)
  })

  it('is what was noted, of an object that has another spec now', () => {
    const object: JsonObject = { spec: small }
    expect(countedBytes(object)).toBe(0)
    countAs(object, 7)
    expect([storedBytes(object), countedBytes(object)]).toEqual([7, 7])
  })
})
