import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { evaluated } from '../../profile/profile.fixture.ts'
import { compiler, type Expression } from './cel.ts'

const compile = compiler({}, ['pod'])

/** Lists and maps in each other, another nest for each number. */
function nest(number: number, levels: number): string {
  if (levels === 0) return '1'
  const inner = nest(number >> 1, levels - 1)
  return number % 2 === 0 ? `[${inner}]` : `{"k": ${inner}}`
}

function run(source: string, pod: Json = {}): Json | undefined {
  const expression = compile(source)
  if ('error' in expression) throw new Error(expression.error)
  return evaluated(expression, { pod, params: {} })
}

describe('the types of expressions', () => {
  it('are a few, however many shapes the values have', () => {
    const types = new Set<string>()
    for (let i = 0; i < 2_000; i++) types.add((compile(nest(i * 7_919, 20)) as Expression).type)
    expect(types.size).toBeLessThanOrEqual(8)
  })

  it('know three levels', () => {
    expect((compile('[[[1]]]') as Expression).type).toBe('list<list<list<int>>>')
    expect((compile('[[[[1]]]]') as Expression).type).toBe('list')
    expect(compile('[[[1]]] + [["a"]]')).toHaveProperty('error')
  })

  it.each<[string, Json]>([
    ['[[[[[1]]]]] == [[[[[1]]]]]', true],
    ['[[[[[1]]]]] == [[[[[2]]]]]', false],
    ['[[[[1]]]] + [[[["a"]]]]', [[[[1]]], [[['a']]]]],
    ['[[[[1]]]][0][0][0][0] + 2', 3],
    ['{"a": {"b": {"c": {"d": "e"}}}}.a.b.c.d + "f"', 'ef'],
    ['[[["a"]]] in [[[["a"]]]]', true],
    ['[[[["a", "b"]]]][0][0][0].join("-")', 'a-b'],
    ['[[[optional.of([1])]]][0][0][0].orValue([0])[0] + 1', 2],
    ['[[optional.of(1)]][0][0].value() + 1', 2],
    ['pod.a == {"b": [{"c": [{"d": [1]}]}]}', true],
    ['{"b": [{"c": [{"d": [1]}]}]} in [pod.a]', true],
  ])('change no result: %s', (source, value) => {
    expect(run(source, { a: { b: [{ c: [{ d: [1] }] }] } })).toEqual(value)
  })
})
