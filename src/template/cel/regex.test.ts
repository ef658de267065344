import { RE2JS } from 're2js'
import { describe, expect, it, vi } from 'vitest'
import { cpuMsOf } from '../../../test/cpu-time.ts'
import { withBudget } from '../../limits/budget.ts'
import { compilePattern, type Pattern } from './regex.ts'

const compile = vi.spyOn(RE2JS, 'compile')

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

  it.each(['(', '[', 'a**', '(?=a)', '(?<!a)b', '(a)\\1', 'a{1001}'])(
    'refuses what is not RE2 syntax: %s',
    source => {
      expect(compilePattern(source)).toEqual({ error: expect.stringContaining('error parsing regexp') })
    },
  )

  it.each(['(a+)+$', '(a|aa)+$', '^(a|a?)+$', '^([a-zA-Z]+)*$'])(
    'is done at once where a backtracking engine hangs: %s',
    source => {
      const cpuMs = cpuMsOf(() => {
        expect(pattern(source).isFoundIn(`${'a'.repeat(5_000)}!`)).toBe(false)
      })
      expect(cpuMs).toBeLessThan(1_000)
    },
  )

  it('costs the length of the text times the size of the pattern', () => {
    expect(pattern('a').unitsOn('aaaa')).toBe(4 * pattern('a').unitsOn('a'))
    expect(pattern('a{500}').unitsOn('a')).toBeGreaterThan(500 / 8)
  })

  it.each([
    ['y{700}'.repeat(900), /^has 5400 characters; the limit is 1024$/],
    ['y{700}'.repeat(170), /^compiles to about \d+ instructions; the limit is 2500: use smaller counts/],
    ['(?:(?:z{9}){9}){9}y{1000}y{1000}', /^compiles to about/],
    ['\\p{Lu}{200}', /^compiles to about/],
  ])('refuses a pattern before it compiles it: %s', (source, error) => {
    expect(compilePattern(source)).toEqual({ error: expect.stringMatching(error) })
    expect(compile).not.toHaveBeenCalledWith(source)
  })

  it('spends the cost of compiling, even if the pattern is cached', () => {
    const source = 'w{500}'
    const used = (action: () => unknown) => {
      try {
        return withBudget(80_000, 'spent', action)
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(used(() => compilePattern(source))).not.toBe('spent')
    expect(used(() => [compilePattern(source), compilePattern(source)])).toBe('spent')
  })

  it('does not compile what the budget does not allow', () => {
    const source = 'v{900}'
    expect(() => withBudget(10_000, 'spent', () => compilePattern(source))).toThrow('spent')
    expect(compile).not.toHaveBeenCalledWith(source)
  })
})
