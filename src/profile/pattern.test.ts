import { describe, expect, it } from 'vitest'
import { compilePattern, type Pattern } from './pattern.ts'

function pattern(source: string): Pattern {
  const compiled = compilePattern(source)
  if ('error' in compiled) throw new Error(compiled.error)
  return compiled
}

describe('compilePattern', () => {
  it.each([
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^a.c$', 'abc', true],
    ['^a.c$', 'a\nc', false],
    ['(?i)^ABC$', 'abc', true],
    ['^$', '', true],
  ])('%s in %j: %j', (source, text, found) => {
    expect(pattern(source).isFoundIn(text)).toBe(found)
  })

  it.each(['(', '[', 'a**', '(?=a)', '(?<!a)b', '(a)\\1', 'a{1001}'])('is no RE2: %s', source => {
    expect(compilePattern(source)).toEqual({ error: expect.stringContaining('error parsing regexp') })
  })

  it.each(['(a+)+$', '(a|aa)+$', '^(a|a?)+$', '^([a-zA-Z]+)*$'])(
    'is done at once where a backtracking engine hangs: %s',
    source => {
      const start = performance.now()
      expect(pattern(source).isFoundIn(`${'a'.repeat(5_000)}!`)).toBe(false)
      expect(performance.now() - start).toBeLessThan(1_000)
    },
  )

  it('tells how much work a text would be: its length, times the size of the pattern', () => {
    expect(pattern('a').stepsOn('aaaa')).toBe(4 * pattern('a').stepsOn('a'))
    expect(pattern('a{500}').stepsOn('a')).toBeGreaterThan(500)
  })
})
