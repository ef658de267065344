import { describe, expect, it } from 'vitest'
import { compiler } from './cel.ts'
import type { Json } from './json.ts'
import { limits } from './limits.ts'
import { evaluated } from './profile.fixture.ts'

const compile = compiler({ pattern: { type: 'string' } }, ['pod', 'app'])
const env = Array.from({ length: 5_000 }, (_, i) => ({ name: `E${i}`, value: `v${i}` }))
const app: Json = { name: 'web', env, text: 'a'.repeat(100_000) }
const pod: Json = { spec: { containers: [app] } }

function evaluate(source: string, pattern = ''): Json | undefined {
  const expression = compile(source)
  if ('error' in expression) throw new Error(expression.error)
  return evaluated(expression, { pod, app, params: { pattern } })
}

/** `step` around itself: each level doubles what it is given. */
const chained = (step: (name: string) => string, times: number) =>
  `[1]${Array.from({ length: times }, (_, i) => `.map(a${i}, ${step(`a${i}`)})`).join('')}`
const nested = (times: number) =>
  Array.from({ length: times }).reduce<string>((inner, _, i) => `${ten}.map(x${i}, ${inner})`, '1')
const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'

const doubledList = chained(name => `[${name}, ${name}]`, 22)
const doubledMap = chained(name => `{"l": ${name}, "r": ${name}}`, 22)
const doubledOptional = chained(name => `[optional.of(${name}), optional.of(${name})]`, 22)

describe('the cost limit', () => {
  it.each([
    ['nested comprehensions', nested(8)],
    ['a walk over every pair of variables', 'app.env.map(a, app.env.map(b, 1))'],
    ['a search for each variable among all', 'app.env.filter(e, e in app.env)'],
    ['a comparison of containers for each variable', 'app.env.map(e, pod.spec.containers[0] == app)'],
    ['a count of members for each variable', 'app.env.map(e, app.env.map(b, size(b)))'],
    ['a doubled list', doubledList],
    ['a doubled map', doubledMap],
    ['a doubled optional', doubledOptional],
    ['two doubled lists compared', `${doubledList} == ${doubledList}`],
    ['a list added to itself', `${ten}.map(a, ${ten})${'.map(l, l + l)'.repeat(15)}`],
    ['a text added to itself', `["${'a'.repeat(64)}"]${'.map(t, t + t + t + t)'.repeat(15)}`],
    ['a result that holds a container thousands of times', 'app.env.map(e, app)'],
    ['a long text read again and again', 'app.env.map(e, app.text.size())'],
    ['a large pattern on a long text', 'app.text.matches("[a-z]{0,1000}[A-Z]")'],
    ['a pattern compiled for each variable', 'app.env.map(e, "a".matches("a{500}" + e.name))'],
    ['a long pattern', 'app.text.matches(app.text)'],
    [
      'errors that a quantifier swallows',
      'app.env.exists(a, app.env.exists(b, app.env.exists(c, 1 / 0 == 1)))',
    ],
  ])('stops %s', (_, source) => {
    const start = performance.now()
    expect(evaluate(source)).toBe(`error: it costs more than ${limits.expressionUnits} units to evaluate`)
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  it.each<[string, Json]>([
    ['app.env.exists(e, e.name == "E4999")', true],
    ['app.env.all(e, has(e.name) && e.name.startsWith("E"))', true],
    ['size(app.env.map(e, e.value in ["a", "b"]))', 5_000],
    ['size(app.env.filter(e, e.name.matches("9$")))', 500],
    ['app.text.matches("b$")', false],
    ['app.env', env],
  ])('leaves room for what a profile needs of a Pod with 5,000 variables: %s', (source, value) => {
    expect(evaluate(source)).toEqual(value)
  })

  it('starts anew with each evaluation', () => {
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
  ])('is RE2, found anywhere: %s', (source, value) => {
    expect(evaluate(source)).toBe(value)
  })

  it('takes its pattern from a parameter too, and does not hang on it', () => {
    expect(evaluate('"aaaa".matches(params.pattern)', '(a|aa)+$')).toBe(true)
    expect(evaluate('"aaaa".matches(params.pattern)', '(?=a)')).toMatch(/^error: .*regexp/)
  })
})
