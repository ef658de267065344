import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits/limits.ts'
import { asked, catalog, edited, examples } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

const analysis = createAnalysis()

// What people type, and what breaks YAML.
const pieces = fc.oneof(
  fc.constantFrom(
    'pillion.dev/inject: log-tial\n',
    'pillion.dev/',
    'inject',
    'none, ',
    ' ',
    '  ',
    '\n',
    '"',
    "'",
    ': ',
    '- ',
    ',',
    '{',
    ']',
    '#',
    '|\n',
    '&x ',
    '*x',
    'true',
    '0x10',
    '$(',
    'é',
    '---\n',
  ),
  fc.string({ maxLength: 3 }),
)

/** A text with a few small edits. */
const editedText = (texts: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), pieces), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([text, edits]) =>
      edits.reduce((now, [share, removed, inserted]) => {
        const at = Math.floor(share * now.length)
        return now.slice(0, at) + inserted + now.slice(at + removed)
      }, text),
    )

// Edits mostly hit other lines, so some hit the annotations for sure.
const annotated = [
  ...examples,
  ...examples.map(text => text.replaceAll('pillion.dev/inject: ', 'pillion.dev/injct: ')),
  ...examples.map(text => text.replaceAll('log-tail', 'log-tial')),
  ...examples.map(text => text.replaceAll(', ', ' ')),
]

describe('for any small edit of the examples', () => {
  it('every position is in the text, and every fix removes its problem and breaks nothing', () => {
    fc.assert(
      fc.property(editedText(annotated), text => {
        const { manifestDiagnostics, result, workloads } = analysis.answer(asked(text))
        for (const { from, to } of manifestDiagnostics) {
          expect(from).toBeGreaterThanOrEqual(0)
          expect(to).toBeGreaterThanOrEqual(from)
          expect(to).toBeLessThanOrEqual(text.length)
        }
        if (!workloads.some(({ outcome }) => outcome === 'injected')) expect(result.text).toBe(text)
        const broken = parseErrors(text)
        for (const { message, fixes } of manifestDiagnostics) {
          const times = count(manifestDiagnostics, message)
          for (const { edits } of fixes) {
            const now = edited(text, edits)
            expect(parseErrors(now)).toBeLessThanOrEqual(broken)
            expect(count(analysis.answer(asked(now)).manifestDiagnostics, message)).toBeLessThan(times)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('completion and hover give places in the text at every offset', () => {
    fc.assert(
      fc.property(editedText(annotated), fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const offset = Math.floor(share * text.length)
        const found = [
          analysis.complete(asked(text), undefined, offset),
          analysis.hover(asked(text), undefined, offset),
        ]
        for (const each of found) expectWithin(each, text, offset)
      }),
      { numRuns: 30 },
    )
  })

  it('so does the editor of profiles', () => {
    const texts = catalog.map(({ text }) => text).filter(text => text.length < 5_000)
    fc.assert(
      fc.property(editedText(texts), fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const file = 'mine.yaml'
        const question = asked('', { profiles: [{ file, text }], opened: file })
        const problems = analysis.answer(question).profileDiagnostics[file] ?? []
        for (const { from, to } of problems) expect(to <= text.length && from <= to).toBe(true)
        const offset = Math.floor(share * text.length)
        for (const each of [
          analysis.complete(question, file, offset),
          analysis.hover(question, file, offset),
        ])
          expectWithin(each, text, offset)
      }),
      { numRuns: 30 },
    )
  })
})

function expectWithin(
  span: { readonly from: number; readonly to: number } | undefined,
  text: string,
  offset: number,
) {
  if (!span) return
  expect(span.from).toBeLessThanOrEqual(offset)
  expect(span.to).toBeGreaterThanOrEqual(offset)
  expect(span.to).toBeLessThanOrEqual(text.length)
}

function count(all: readonly { readonly message: string }[], message: string): number {
  return all.filter(each => each.message === message).length
}

/** Documents that are not YAML. */
function parseErrors(text: string): number {
  const { manifestDiagnostics, workloads } = analysis.answer(asked(text, { profiles: [] }))
  expect(workloads.length).toBeLessThanOrEqual(limits.playgroundWorkloads)
  return manifestDiagnostics.filter(({ severity, reason }) => severity === 'error' && reason === undefined)
    .length
}
