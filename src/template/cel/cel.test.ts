import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { evaluated, pod } from '../../profile/profile.fixture.ts'
import type { Parameter } from '../../profile/schema/schema.ts'
import { compiler, type Expression, type Scope } from './cel.ts'

const parameters: Parameters<typeof compiler>[0] = {
  path: { type: 'string' },
  port: { type: 'integer' },
  ratio: { type: 'number' },
  ship: { type: 'boolean' },
  memory: { type: 'quantity' },
  constructor: { type: 'string' } as Parameter,
}
const compile = compiler(parameters, ['pod', 'namespaceObject', 'app', 'container'])
const params = { path: '/logs', port: 80, ratio: 2, ship: true, memory: '64Mi', constructor: 'c' }

function compiled(source: string): Expression {
  const expression = compile(source)
  if ('error' in expression) throw new Error(expression.error)
  return expression
}

const evaluate = (source: string, more: Partial<Scope> = {}) =>
  evaluated(compiled(source), { params, ...more })

describe('an expression', () => {
  it.each<[string, string, Json | undefined]>([
    ['params.path', 'string', '/logs'],
    ['params.port + 1', 'int', 81],
    ['params.ratio * 1.5', 'double', 3],
    ['params.ship', 'bool', true],
    ['params.memory', 'string', '64Mi'],
    ['params.constructor', 'string', 'c'],
    ['has(params.port)', 'bool', true],
    ['[1, 2]', 'list<int>', [1, 2]],
    ['[1, "a"]', 'list', [1, 'a']],
    ['{"a": [1u == 1u]}', 'map<string, list<bool>>', { a: [true] }],
    ['{1: 2}', 'map<int, int>', { 1: 2 }],
    ['null', 'null', null],
    ['pod.metadata.name', 'dyn', 'web'],
    ['optional.of(1)', 'optional<int>', 1],
    ['optional.none()', 'optional<T>', undefined],
    ['"a,b".split(",")', 'list<string>', ['a', 'b']],
  ])('%s is a %s: %j', (source, type, value) => {
    expect(compiled(source).type).toBe(type)
    expect(evaluate(source)).toEqual(value)
  })

  it.each<[string, Json | undefined]>([
    ['pod.spec.containers[0].ports[0].containerPort + 1', 8081],
    ['pod.spec.containers.map(c, c.name)', ['web', 'helper']],
    ['pod.spec.containers.exists(c, c.name == "helper")', true],
    ['app.name + "-" + container.name', 'web-helper'],
    ['namespaceObject.labels.team', 'red'],
    ['size(pod.metadata.labels)', 1],
    ['"app" in pod.metadata.labels', true],
    ['pod.metadata == pod.metadata', true],
    ['pod.spec.?hostNetwork', undefined],
    ['pod.spec.?hostNetwork.orValue(false)', false],
    ['pod.spec.?hostNetwork != optional.of(true)', true],
    ['pod.metadata.?name == optional.of("web")', true],
    ['pod.spec.?a == pod.spec.?b', true],
    ['[optional.none(), 1]', [null, 1]],
  ])('reads the Pod: %s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value)
  })

  it.each(['pod.spec', 'pod.spec.containers', '[pod.spec.containers][0]', 'optional.of(pod.spec)', 'app'])(
    'gives what stands in the Pod itself, not a copy: %s',
    source => {
      const expected = {
        'pod.spec': pod.spec,
        'optional.of(pod.spec)': pod.spec,
        app: pod.spec.containers[0],
      }
      expect(evaluate(source)).toBe((expected as Record<string, unknown>)[source] ?? pod.spec.containers)
    },
  )

  it('puts the parts of a Pod uncopied into a list of its own', () => {
    const filtered = evaluate('pod.spec.containers.filter(c, c.name == "web")') as Json[]
    expect(filtered[0]).toBe(pod.spec.containers[0])
  })

  it('changes nothing, and reads a frozen Pod as well', () => {
    const frozen = Object.freeze({ spec: Object.freeze({ list: Object.freeze([Object.freeze({ n: 1 })]) }) })
    expect(evaluate('pod.spec.list.map(e, e.n + 1)', { pod: frozen })).toEqual([2])
  })

  it.each([
    ['1 +', 'the expression is not complete', 3],
    ['params.nope', 'no parameter "nope" (declared: ', 7],
    ['unknown.x', 'there is no variable "unknown"', 0],
    ['params.port + "a"', 'no such overload: int + string', 0],
    ['params.ship ? 1 : "a"', 'Ternary', 0],
    ['"a".matches("(")', 'missing closing )', 12],
    ['matches("a", "a")', 'matches(string, string) does not exist; there is string.matches(string)', 0],
    ['"'.repeat(3), 'Unterminated', undefined],
    ['('.repeat(60), 'maxDepth', undefined],
    [`[${'1,'.repeat(1_000)}1]`, 'maxListElements', undefined],
    [`[${'1 + 1,'.repeat(900)}1]`, 'maxAstNodes', undefined],
  ])('is refused when the profile is read: %.40s', (source, error, offset) => {
    expect(compile(source)).toMatchObject({
      error: expect.stringContaining(error),
      offset: offset ?? expect.any(Number),
    })
  })

  it.each([
    ['pod.spec.nope', 'No such key: nope'],
    ['pod.spec.containers[5]', 'index out of bounds'],
    ['1 / 0', 'division by zero'],
    ['pod.metadata.name + 1', 'no such overload'],
    ['"a".matches(params.path + "(")', 'error parsing regexp'],
    ['9007199254740993', 'too large for a JSON number'],
    ['1.0 / 0.0', 'Infinity is not a JSON number'],
    ['b"a"', 'is not a JSON value'],
    ['timestamp("2020-01-01T00:00:00Z")', 'is not a JSON value'],
    ['type(1)', 'is not a JSON value'],
  ])('has an error for a Pod, and throws nothing: %s', (source, error) => {
    expect(evaluate(source)).toEqual(expect.stringMatching(/^error: /))
    expect(evaluate(source)).toContain(error)
  })

  it('has an error where a parameter has no value', () => {
    expect(evaluate('params.port', { params: {} })).toBe('error: No such key: port')
    expect(evaluate('has(params.port)', { params: {} })).toBe(false)
  })

  it('knows only the variables it may see', () => {
    const inPod = compiler({}, ['pod'])
    expect(inPod('container.name')).toMatchObject({
      error: 'the variable container is not available here; here are params, pod',
    })
  })
})

describe('a Pod with strange keys', () => {
  const strange = JSON.parse(
    '{"labels": {"__proto__": {"polluted": true}, "constructor": "k", "length": 3, "a": "1"}}',
  ) as Json

  it.each<[string, Json]>([
    ['pod.labels.a', '1'],
    ['pod.labels.length + 1', 4],
    ['pod.labels["__proto__"].polluted', true],
    ['size(pod.labels)', 4],
    ['has(pod.labels.toString)', false],
    ['"valueOf" in pod.labels', false],
  ])('%s is %j', (source, value) => {
    expect(evaluate(source, { pod: strange })).toEqual(value)
  })

  it.each(['pod.constructor', 'pod.labels["constructor"]', 'pod.__proto__', 'pod.labels.toString'])(
    'does not reach the language below: %s',
    source => {
      expect(evaluate(source, { pod: strange })).toEqual(expect.stringMatching(/^error: /))
    },
  )

  it('never pollutes a prototype', () => {
    evaluate('{"__proto__": {"polluted": true}}')
    expect(evaluate('pod.labels', { pod: strange })).toBe((strange as { labels: Json }).labels)
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('a JSON number', () => {
  it.each<[Json, string, Json]>([
    [5, 'pod.n + 1', 6],
    [1.5, 'pod.n + 1.0', 2.5],
    [-0, 'pod.n + 1', 1],
    [2 ** 60, 'pod.n + 1.0', 2 ** 60 + 1],
  ])('%j: %s is %j', (n, source, value) => {
    expect(evaluate(source, { pod: { n } })).toBe(value)
  })
})
