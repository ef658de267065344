import { describe, expect, it } from 'vitest'
import { listProblems } from './problem-list.ts'

const problem = (message: string) => ({ path: ['spec'], message })

describe('listProblems', () => {
  it.each([
    { problems: [], text: '' },
    { problems: [problem('one')], text: 'spec: one' },
    { problems: [problem('one'), problem('two')], text: '- spec: one\n- spec: two' },
  ])('writes $text', ({ problems, text }) => {
    expect(listProblems(problems)).toBe(text)
  })

  it('stays within what a condition holds, and says how many are left out', () => {
    const text = listProblems(Array.from({ length: 1_000 }, () => problem('x'.repeat(91))))
    expect(text.length).toBeLessThanOrEqual(32_768)
    const lines = text.split('\n')
    expect(lines.at(-1)).toBe(`- and ${1_000 - (lines.length - 1)} more`)
  })

  it.each([{ others: [] }, { others: [problem('two')] }])(
    'shortens a long one, with $others',
    ({ others }) => {
      const text = listProblems([problem('x'.repeat(100_000)), ...others])
      expect(text).toHaveLength(32_768)
      expect(text).toMatch(/x…$/)
    },
  )
})
