import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical, type Json } from './json.ts'
import { excessIn } from './size.ts'

const anyJson = fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary' }).map(value => value as Json)
const bytesOf = (value: Json) => Buffer.byteLength(canonical(value))

function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return Math.max(0, ...Object.values(value).map(member => 1 + depthOf(member ?? null)))
}

describe('excessIn', () => {
  it('finds what is longer than the limit in bytes of canonical JSON, and nothing that is not', () => {
    fc.assert(
      fc.property(anyJson, value => {
        const bytes = bytesOf(value)
        expect(excessIn(value, { bytes, depth: 1_000 })).toBeUndefined()
        expect(excessIn(value, { bytes: bytes - 1, depth: 1_000 })).toBeDefined()
      }),
      { numRuns: 1_000 },
    )
  })

  it('finds what is deeper than the limit, and nothing that is not', () => {
    fc.assert(
      fc.property(anyJson, value => {
        const depth = depthOf(value)
        expect(excessIn(value, { bytes: 1e6, depth })).toBeUndefined()
        if (depth > 0) expect(excessIn(value, { bytes: 1e6, depth: depth - 1 })?.path).toHaveLength(depth)
      }),
    )
  })

  it('takes no stack', () => {
    const deep = JSON.parse(`${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`) as Json
    expect(excessIn(deep, { bytes: 1e9, depth: 7 })).toEqual({
      path: ['a', 0, 'a', 0, 'a', 0, 'a', 0],
      message: 'is nested deeper than 7 levels, which is the limit',
    })
    expect(excessIn(deep, { bytes: 1e9, depth: 200_000 })).toBeUndefined()
  })

  it('names the place at which it gets too long', () => {
    const value = { a: 'x'.repeat(40), b: { c: ['y'.repeat(40), 'z'.repeat(40)] }, d: 1 }
    expect(excessIn(value, { bytes: 120, depth: 9 })?.path).toEqual(['b', 'c', 1])
  })

  it('reads no more than the limit allows', () => {
    let read = 0
    const counted = new Proxy(Array<Json>(1_000_000).fill(0), {
      get: (target, key) => {
        if (key === 'entries') read++
        return Reflect.get(target, key)
      },
    })
    expect(excessIn(['w'.repeat(1_000), counted], { bytes: 900, depth: 9 })?.path).toEqual([0])
    expect(read).toBe(0)
  })
})
