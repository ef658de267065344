import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitted } from './fit.ts'

describe('a text that must fit', () => {
  it.each([
    { text: 'log-tail', width: 100, shown: 'log-tail', why: 'it is whole' },
    { text: 'registry.example/team/app:1.2.3', width: 100, shown: 'registry.….2.3', why: 'both ends stay' },
    { text: '日本語', width: 100, shown: '日本語', why: 'wide characters fit' },
    { text: '日本語日本語日本語', width: 100, shown: '日本語日…本語', why: 'wide characters count twice' },
    {
      text: 'a\u0000b\u202Ec\nd',
      width: 100,
      shown: 'a b c d',
      why: 'it is one line without control characters',
    },
    { text: 'abc', width: 0, shown: '…', why: 'there is no room' },
  ])('$why', ({ text, width, shown }) => {
    expect(fitted(text, 'image', width).text).toBe(shown)
  })

  it('keeps the whole text for those who want to read it', () => {
    expect(fitted('x'.repeat(253), 'row', 80).full).toBe('x'.repeat(253))
    expect(fitted('x', 'row', 80)).not.toHaveProperty('full')
  })

  it('never is wider than its room, for any text', () => {
    const fonts = fc.constantFrom('name', 'note', 'badge-text', 'row')
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fonts,
        fc.integer({ min: 20, max: 300 }),
        (text, font, room) => {
          const { text: shown, width } = fitted(text, font as never, room)
          expect(width).toBeLessThanOrEqual(room + 0.1)
          expect(shown.isWellFormed()).toBe(true)
        },
      ),
    )
  })
})
