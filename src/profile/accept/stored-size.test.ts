import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { heldBytes, storedBytes } from './stored-size.ts'

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
})
