import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonBytes, withinJsonBytes } from './bytes.ts'

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map(units => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '€', '😀', '\ud83d', '\ude00'), {
      maxLength: 60,
    })
    .map(parts => parts.join('')),
)

const bytesOf = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2

describe('jsonBytes', () => {
  it('is what a JSON string has between its quotes', () => {
    fc.assert(
      fc.property(texts, text => {
        expect(jsonBytes(text)).toBe(bytesOf(text))
      }),
    )
  })
})

describe('withinJsonBytes', () => {
  it('gives a text that fits as it is, and else a start of it that fits, with an ellipsis', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 6, max: 80 }), (text, max) => {
        const cut = withinJsonBytes(text, max)
        expect(bytesOf(cut)).toBeLessThanOrEqual(max)
        if (bytesOf(text) <= max) expect(cut).toBe(text)
        else {
          expect(cut.endsWith('…')).toBe(true)
          // But for half of a character at the end.
          expect(text.toWellFormed().startsWith(cut.slice(0, -2))).toBe(true)
        }
      }),
    )
  })
})
