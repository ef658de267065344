import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../test/cpu-time.ts'
import { fieldPath } from '../problems/problem.ts'
import { accepts, checkParameter, defaultOf, parseParameter, wants } from './parameters.ts'
import type { Parameter } from './schema/schema.ts'

const parse = (declared: Parameter, text: string) => parseParameter(declared, text)

describe('parseParameter', () => {
  it.each<[Parameter['type'], string, string | number | boolean]>([
    ['string', '', ''],
    ['string', '"; rm -rf /', '"; rm -rf /'],
    ['string', 'a\nb: $(pod)', 'a\nb: $(pod)'],
    ['integer', '0', 0],
    ['integer', '-7', -7],
    ['integer', '+7', 7],
    ['integer', '007', 7],
    ['integer', '999999999999999', 999_999_999_999_999],
    ['number', '1', 1],
    ['number', '1.5', 1.5],
    ['number', '-.5', -0.5],
    ['number', '5.', 5],
    ['number', '1e-3', 0.001],
    ['number', '2E+2', 200],
    ['number', '1e2', 100],
    ['number', '1e10', 1e10],
    ['number', '12.25', 12.25],
    ['number', '.25', 0.25],
    ['number', '1'.repeat(100), Number('1'.repeat(100))],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['quantity', '64Mi', '64Mi'],
    ['quantity', '0.50', '0.50'],
  ])('takes for a %s the text %j as %j', (type, text, value) => {
    expect(parse({ type }, text)).toEqual({ value })
  })

  it.each<[Parameter['type'], string]>([
    ['integer', ''],
    ['integer', ' 1'],
    ['integer', '1 '],
    ['integer', '1.0'],
    ['integer', '1e3'],
    ['integer', '0x10'],
    ['integer', '1000000000000000'],
    ['integer', '١'],
    ['integer', 'true'],
    ['number', ''],
    ['number', '.'],
    ['number', '1,5'],
    ['number', 'NaN'],
    ['number', 'Infinity'],
    ['number', '1e400'],
    ['number', '9'.repeat(400)],
    ['boolean', ''],
    ['boolean', 'True'],
    ['boolean', 'yes'],
    ['boolean', '1'],
    ['quantity', ''],
    ['quantity', '64MB'],
    ['quantity', 'lots'],
  ])('refuses for a %s the text %j', (type, text) => {
    expect(parse({ type }, text)).toEqual({ problem: expect.stringMatching(/ is not (an?|true) /) })
  })

  it.each<[Parameter, string, string]>([
    [{ type: 'integer' }, 'x', '"x" is not an integer'],
    [{ type: 'number' }, 'x', '"x" is not a number'],
    [{ type: 'boolean' }, 'x', '"x" is not true or false'],
    [{ type: 'quantity' }, 'x', '"x" is not a quantity such as 64Mi or 100m'],
    [{ type: 'string', enum: ['red', 'blue'] }, 'rad', '"rad" is not one of red, blue; did you mean "red"?'],
    [{ type: 'string', enum: ['red', 'blue'] }, 'green', '"green" is not one of red, blue'],
    [{ type: 'integer', enum: [1, 2] }, '30', '"30" is not one of 1, 2'],
    [{ type: 'string', pattern: '^/' }, 'logs', '"logs" does not match ^/'],
    [{ type: 'string', pattern: '^/', default: '' }, 'logs', '"logs" does not match ^/'],
    [
      { type: 'string', pattern: '^/', description: 'Directory of the logs.' },
      'logs',
      '"logs" does not match ^/: Directory of the logs.',
    ],
    [
      { type: 'string', pattern: '^/', default: '/log', description: 'Directory of the logs.' },
      'logs',
      '"logs" does not have the right form, for example "/log": Directory of the logs.',
    ],
    [
      { type: 'string', pattern: '^/', default: '/log', example: '/var/log' },
      'logs',
      '"logs" does not have the right form, for example "/var/log"',
    ],
    [{ type: 'integer', minimum: 1 }, '0', '"0" is less than 1'],
    [{ type: 'integer', maximum: 65535 }, '65536', '"65536" is more than 65535'],
    [{ type: 'number', minimum: 0.5 }, '0.4', '"0.4" is less than 0.5'],
    [{ type: 'quantity', minimum: '1Ki' }, '1000', '"1000" is less than 1Ki'],
    [{ type: 'quantity', maximum: 1 }, '1001m', '"1001m" is more than 1'],
  ])('of %j and %j says: %s', (declared, text, problem) => {
    expect(parse(declared, text)).toMatchObject({ problem })
  })

  it.each([
    [{ type: 'string', enum: ['red', 'blue'] }, 'rad', 'red'],
    [{ type: 'integer', minimum: 1 }, '0', '1'],
    [{ type: 'quantity', maximum: '1Ki' }, '1Mi', '1Ki'],
  ] as const)('of %j and %j means the nearest valid value: %s', (declared, text, meant) => {
    expect(parse(declared as unknown as Parameter, text)).toMatchObject({ meant })
    expect(parse(declared as unknown as Parameter, meant)).toHaveProperty('value')
  })

  it.each<[Parameter, string]>([
    [{ type: 'string', enum: ['red', 'blue'] }, 'blue'],
    [{ type: 'integer', enum: [1, 2] }, '02'],
    [{ type: 'boolean', enum: [true] }, 'true'],
    [{ type: 'quantity', enum: ['1', '512Mi'] }, '1000m'],
    [{ type: 'string', pattern: 'b' }, 'abc'],
    [{ type: 'integer', minimum: 1, maximum: 3 }, '1'],
    [{ type: 'integer', minimum: 1, maximum: 3 }, '3'],
    [{ type: 'quantity', minimum: '1Ki', maximum: '1Gi' }, '1024'],
  ])('for %j takes %j', (declared, text) => {
    expect(parse(declared, text)).toHaveProperty('value')
  })

  it('repeats only the start of a long text', () => {
    const { problem } = parse({ type: 'integer' }, 'x'.repeat(10_000)) as { problem: string }
    expect(problem).toBe(`"${'x'.repeat(59)}…" is not an integer`)
  })

  it.each<[Parameter, string]>([
    [{ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(100_000)}!`],
    [{ type: 'string', pattern: '[a-z]{0,1000}[A-Z]' }, 'a'.repeat(250_000)],
    [{ type: 'integer' }, `${'1'.repeat(250_000)}x`],
    [{ type: 'number' }, `${'1'.repeat(250_000)}x`],
    [{ type: 'quantity' }, `${'1'.repeat(250_000)}x`],
    [{ type: 'string', enum: ['a'.repeat(100)] }, 'a'.repeat(250_000)],
  ])('refuses what would hang a backtracking engine at once: %j', (declared, text) => {
    const cpuMs = cpuMsOf(() => {
      expect(parse(declared, text)).toHaveProperty('problem')
    })
    expect(cpuMs).toBeLessThan(1_000)
  })

  it('throws for a pattern that was never checked: that is a bug', () => {
    expect(() => parse({ type: 'string', pattern: '(' }, 'a')).toThrow(
      'the pattern is not an RE2 regular expression',
    )
  })

  it('compiles a pattern once', () => {
    const declared: Parameter = { type: 'string', pattern: '^a' }
    expect([parse(declared, 'a'), parse(declared, 'ab')]).toEqual([{ value: 'a' }, { value: 'ab' }])
  })
})

describe('wants', () => {
  it.each<[Parameter, string]>([
    [{ type: 'integer', minimum: 1, description: 'A number.' }, 'integer, at least 1: A number.'],
    [{ type: 'string', pattern: '^a', example: 'ab', description: 'A word.' }, 'such as "ab": A word.'],
    [{ type: 'string', pattern: '^a' }, 'string, matching ^a'],
  ])('says of %j: %s', (declared, text) => {
    expect(wants(declared)).toBe(text)
  })
})

describe('checkParameter', () => {
  const check = (declared: Parameter) =>
    checkParameter(declared, ['p']).map(({ path, message }) => `${fieldPath(path)}: ${message}`)

  it.each<Parameter>([
    { type: 'string' },
    { type: 'string', required: true },
    { type: 'string', required: false, default: '' },
    { type: 'string', required: true, pattern: '^/', example: '/a' },
    { type: 'string', pattern: '^/', enum: ['/a'], default: '/a' },
    { type: 'integer', minimum: 1, maximum: 1, default: 1 },
    { type: 'number', minimum: 0.5, default: 1e-7 + 1 },
    { type: 'boolean', default: false, enum: [false, true] },
    { type: 'quantity', minimum: 1, maximum: '1Ki', default: 5, enum: ['5', 6] },
  ])('accepts %j', declared => {
    expect(check(declared)).toEqual([])
  })

  it.each<[Parameter, string[]]>([
    [{ type: 'integer', pattern: '^1' }, ['p.pattern: only a string has a pattern, not an integer']],
    [
      { type: 'string', pattern: '(' },
      ['p.pattern: is not an RE2 regular expression: error parsing regexp: missing closing ): `(`'],
    ],
    [
      { type: 'string', minimum: 1, maximum: 2 },
      [
        'p.minimum: only an integer, number or quantity has a minimum, not a string',
        'p.maximum: only an integer, number or quantity has a maximum, not a string',
      ],
    ],
    [{ type: 'integer', minimum: 1.5 }, ['p.minimum: 1.5 is not an integer']],
    [
      { type: 'integer', minimum: '10', maximum: '9' },
      ['p.minimum: "10" is not an integer', 'p.maximum: "9" is not an integer'],
    ],
    [{ type: 'quantity', maximum: 'lots' }, ['p.maximum: "lots" is not a quantity such as 64Mi or 100m']],
    [{ type: 'quantity', minimum: '1Ki', maximum: '1k' }, ['p.minimum: 1Ki is more than the maximum, 1k']],
    [{ type: 'integer', minimum: 10, maximum: 9 }, ['p.minimum: 10 is more than the maximum, 9']],
    [
      { type: 'integer', enum: [1, '2', 1.5] },
      ['p.enum[1]: "2" is not an integer', 'p.enum[2]: 1.5 is not an integer'],
    ],
    [{ type: 'string', default: 5 }, ['p.default: 5 is not a string']],
    [{ type: 'string', example: 5 }, ['p.example: 5 is not a string']],
    [{ type: 'string', pattern: '^/', example: 'a' }, ['p.example: "a" does not match ^/']],
    [{ type: 'boolean', default: 'true' }, ['p.default: "true" is not true or false']],
    [{ type: 'integer', default: 1e20 }, ['p.default: 100000000000000000000 is not an integer']],
    [{ type: 'number', default: Number.POSITIVE_INFINITY }, ['p.default: null is not a number']],
    [{ type: 'string', pattern: '^/', default: 'a' }, ['p.default: "a" does not match ^/']],
    [{ type: 'string', enum: ['a'], default: 'b' }, ['p.default: "b" is not one of a; did you mean "a"?']],
    [{ type: 'integer', maximum: 1, default: 2 }, ['p.default: "2" is more than 1']],
    [
      { type: 'string', required: true, default: 'a' },
      ['p.required: a parameter with a default is never missing'],
    ],
  ])('refuses %j', (declared, problems) => {
    expect(check(declared)).toEqual(problems)
  })
})

describe('defaultOf', () => {
  it.each<[Parameter, string | number | boolean | undefined]>([
    [{ type: 'string' }, undefined],
    [{ type: 'string', default: '' }, ''],
    [{ type: 'boolean', default: false }, false],
    [{ type: 'integer', default: 0 }, 0],
    [{ type: 'quantity', default: 1 }, '1'],
  ])('of %j is %j', (declared, value) => {
    expect(defaultOf(declared)).toBe(value)
  })
})

describe('accepts', () => {
  it.each<[Parameter, string]>([
    [{ type: 'integer', minimum: 1, maximum: 65535 }, 'integer, 1 to 65535'],
    [{ type: 'quantity', minimum: '16Mi' }, 'quantity, at least 16Mi'],
    [{ type: 'number', maximum: 1 }, 'number, at most 1'],
    [{ type: 'string', pattern: '^/' }, 'string, matching ^/'],
    [{ type: 'string', enum: ['a', 'b'] }, 'one of a, b'],
    [{ type: 'boolean' }, 'boolean'],
  ])('says of %j: %s', (declared, text) => {
    expect(accepts(declared)).toBe(text)
  })
})
