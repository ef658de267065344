import { applyPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unifiedDiff } from './diff.ts'

describe('unifiedDiff', () => {
  it('shows what changed between lines that did not', () => {
    expect(unifiedDiff('x.yaml', 'a\nb\nc\nd\ne\nf', 'a\nb\nc\nd\ne\nF\ng\n')).toBe(
      '--- x.yaml\n+++ x.yaml\n@@ -3,4 +3,5 @@\n c\n d\n e\n-f\n\\ No newline at end of file\n+F\n+g\n',
    )
  })

  it('is nothing when nothing changed', () => {
    expect(unifiedDiff('x', 'a\n', 'a\n')).toBe('')
  })

  it('puts changes in one hunk when their surroundings meet', () => {
    const before = Array.from({ length: 30 }, (_, i) => `${i}\n`)
    const changed = (...at: number[]) => before.map((line, i) => (at.includes(i) ? 'x\n' : line)).join('')
    const hunks = (...at: number[]) => unifiedDiff('x', before.join(''), changed(...at)).match(/^@@/gm)
    expect(hunks(5, 12)).toHaveLength(1)
    expect(hunks(5, 13)).toHaveLength(2)
  })

  it('is one hunk when more lines changed than can be compared in a short time, and says so', () => {
    const many = (from: number) => Array.from({ length: 4_000 }, (_, i) => `${from + i}`).join('\n')
    const [before, after] = [`a\n${many(0)}\nz`, `a\n${many(10_000)}\nz`]
    const diff = unifiedDiff('x.yaml', before, after)
    expect(diff).toMatch(/^# x\.yaml: more than 3000 changed lines; .*\n--- x\.yaml\n/)
    expect(diff.match(/^@@.*$/gm)).toEqual(['@@ -1,4002 +1,4002 @@'])
    expect(applyPatch(before, diff)).toBe(after)
    expect(applyPatch(many(0), unifiedDiff('x', many(0), many(10_000)))).toBe(many(10_000))
  })

  it('turns one text into the other, for any two', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd', 'e', 'f'), { maxLength: 30 })
    const texts = fc
      .tuple(lines, fc.boolean())
      .map(([all, isEnded]) => all.join('\n') + (isEnded ? '\n' : ''))
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        fc.pre(before !== after)
        expect(applyPatch(before, unifiedDiff('x', before, after))).toBe(after)
      }),
      { numRuns: 1_000 },
    )
  })
})
