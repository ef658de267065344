import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { metered } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { evaluated } from '../../profile/profile.fixture.ts'
import { compiler, type Expression } from './cel.ts'
import { hostileExpressions, largeApp, largePod } from './worst.fixture.ts'

const compile = compiler({ pattern: { type: 'string' } }, ['pod', 'app'])
const app = largeApp
const pod = largePod
const env = app['env']!

function evaluate(source: string, pattern = ''): Json | undefined {
  const expression = compile(source)
  if ('error' in expression) throw new Error(expression.error)
  return evaluated(expression, { pod, app, params: { pattern } })
}

/** To parse and to check it. */
const unitsOf = (source: string) => metered(() => compile(source)).units

const spent = `error: it costs more than ${limits.expressionUnits} units to evaluate`

describe('the cost limit', () => {
  it.each(Object.entries(hostileExpressions))('stops %s', (_, source) => {
    expect(evaluate(source)).toBe(spent)
  })

  it.each([
    ['double("1" + app.text)', /cannot convert to double/],
    ['duration(app.text)', /^error: a duration has at most 64 characters$/],
    [`duration("${'1'.repeat(400)}")`, /^error: a duration has at most 64 characters$/],
    [
      'app.env.map(e, "a".matches(app.text.substring(0, 2000)))',
      /^error: the pattern has 2000 characters; the limit/,
    ],
    [
      '"a".matches("(x{500}" + "){2}y{900}z{900}")',
      /^error: the pattern compiles to about \d+ instructions; the limit/,
    ],
    ['[bool(app.text)]', /^error: bool\(\) conversion error/],
  ])('stops before the work is done: %s', (source, error) => {
    expect(evaluate(source)).toMatch(error)
    expect(String(evaluate(source)).length).toBeLessThan(600)
  })

  it('refuses functions that the API server does not have either', () => {
    expect(compile('bytes("[[[[]]]]").json()')).toEqual({ error: 'there is no function "json"', offset: 0 })
  })

  it('stops at once, even in a quantifier, || or &&, which continue after an error', () => {
    let reads = 0
    const counted = new Proxy(Array(50).fill('x'.repeat(100_000)), {
      get(target, key) {
        if (key === '7') reads++
        return Reflect.get(target, key)
      },
    })
    const each = 'app.list.exists(b, b + b == b || false)'
    const source = `app.list.exists(a, ${each} || ${each} && ${each})`
    const expression = compile(source) as Expression
    const result = evaluated(expression, { pod: {}, app: { list: counted as unknown as Json }, params: {} })
    expect(result).toBe(spent)
    expect(reads).toBeLessThanOrEqual(1)
  })

  it.each<[string, Json]>([
    ['app.env.exists(e, e.name == "E4999")', true],
    ['app.env.all(e, has(e.name) && e.name.startsWith("E"))', true],
    ['size(app.env.map(e, e.value in ["a", "b"]))', 5_000],
    ['size(app.env.filter(e, e.name.matches("9$")))', 500],
    ['app.text.substring(90000).matches("b$")', false],
    ['app.env', env],
  ])(
    'is high enough for the expressions of a profile and a Pod with 5,000 environment variables: %s',
    (source, value) => {
      expect(evaluate(source)).toEqual(value)
    },
  )

  it.each([
    '[1, 2, 3, 4, 5].exists(a, 1 / 0 == a)',
    `${'1 / 0 == 1 || '.repeat(5)}true`,
    `${'1 / 0 == 1 && '.repeat(5)}false`,
  ])('counts the cost of an error that the expression hides: %s', source => {
    const expression = compile(source) as Expression
    const { units } = metered(() => evaluated(expression, { pod, app, params: {} }))
    expect(units - unitsOf(source)).toBeGreaterThan(5 * 100)
  })

  it('starts at zero for each evaluation', () => {
    const source = 'size(app.env.map(e, e.name))'
    for (let i = 0; i < 20; i++) expect(evaluate(source)).toBe(5_000)
  })
})

describe('matches', () => {
  it.each([
    ['"abc".matches("b")', true],
    ['"abc".matches("^b")', false],
    ['"a1".matches("^[a-z]" + "[0-9]$")', true],
    [`"${'a'.repeat(500)}!".matches("^(a+)+$")`, false],
  ])('uses RE2 and matches anywhere in the text: %s', (source, value) => {
    expect(evaluate(source)).toBe(value)
  })

  it('accepts a pattern from a parameter, and does not hang on it', () => {
    expect(evaluate('"aaaa".matches(params.pattern)', '(a|aa)+$')).toBe(true)
    expect(evaluate('"aaaa".matches(params.pattern)', '(?=a)')).toMatch(/^error: .*regexp/)
  })
})
