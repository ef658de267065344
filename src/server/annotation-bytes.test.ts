import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits/limits.ts'
import { hasTooManyAnnotations } from './annotation-bytes.ts'
import { reviewOf } from './server.fixture.ts'

const most = limits.podAnnotationBytes
const bodyOf = (annotations: Record<string, string>, request: object = {}) =>
  Buffer.from(JSON.stringify(reviewOf(annotations, request)))
const isTooMuch = (annotations: Record<string, string>) => hasTooManyAnnotations(bodyOf(annotations))

describe('annotations in the JSON of a review', () => {
  it.each([
    { what: 'one long value', of: (bytes: number) => ({ a: 'x'.repeat(bytes - 1) }) },
    { what: 'one long key', of: (bytes: number) => ({ ['k'.repeat(bytes)]: '' }) },
    { what: 'quotation marks', of: (bytes: number) => ({ a: '"'.repeat(bytes - 1) }) },
    { what: 'backslashes at the end', of: (bytes: number) => ({ a: '\\'.repeat(bytes - 2), b: '' }) },
    { what: 'braces', of: (bytes: number) => ({ a: '}'.repeat(bytes - 1) }) },
    { what: 'control characters', of: (bytes: number) => ({ a: '\u0001'.repeat(bytes - 1) }) },
  ])('are as many bytes as the API server counts: $what', ({ of }) => {
    expect([isTooMuch(of(most)), isTooMuch(of(most + 1))]).toEqual([false, true])
  })

  it('are never too many when the API server accepts them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), drawn => {
        const bytes = Object.entries(drawn).reduce(
          (sum, [key, value]) => sum + sizeOf(key) + sizeOf(value),
          0,
        )
        const filled = { ...drawn, [filler]: 'é'.repeat((most - bytes - filler.length) / 2) }
        expect(isTooMuch(filled)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  it('are those of the Pod: a text that looks like them is none', () => {
    const spec = { containers: [{ name: 'app', args: [`{"annotations":{"a":"${'x'.repeat(most)}"}}`] }] }
    const object = { metadata: { name: 'web', annotations: { a: 'b' } }, spec }
    expect(hasTooManyAnnotations(bodyOf({}, { object }))).toBe(false)
  })

  it('are also those of a template, and each of them may have as many', () => {
    const tooMuch = (bytes: number) => {
      const template = { metadata: { annotations: { a: 'x'.repeat(bytes - 1) } }, spec: {} }
      const object = { metadata: { annotations: { b: 'x'.repeat(most - 1) } }, spec: { template } }
      return hasTooManyAnnotations(bodyOf({}, { object }))
    }
    expect([tooMuch(most), tooMuch(most + 1)]).toEqual([false, true])
  })

  it('are none where there are none', () => {
    const object = { metadata: { name: 'x'.repeat(most) }, spec: {} }
    expect(hasTooManyAnnotations(bodyOf({}, { object }))).toBe(false)
  })
})

const filler = 'filler'
const sizeOf = (text: string) => Buffer.byteLength(text)
