import { describe, expect, it } from 'vitest'
import { expression, realTypes, schemaAt } from '../../json/schema.ts'
import { limits } from '../../limits/limits.ts'
import type { Path } from '../../problems/problem.ts'
import {
  boundedCore,
  core,
  listWithExpressions,
  valueWithExpression,
  withExpressions,
} from './core-schema.ts'

const container = withExpressions('Container', { when: { type: 'string' } })

describe('schemaAt', () => {
  it.each<[Path, readonly string[]]>([
    [[], ['object']],
    [['name'], ['string']],
    [['when'], ['string']],
    [['ports'], ['array']],
    [['ports', 3], ['object']],
    [['ports', 3, 'containerPort'], ['integer']],
    [
      ['livenessProbe', 'httpGet', 'port'],
      ['integer', 'string'],
    ],
    [
      ['resources', 'limits', 'cpu'],
      ['string', 'number'],
    ],
  ])('finds what core/v1 wants at %j', (path, types) => {
    expect([...realTypes(schemaAt(container, path))].sort()).toEqual([...types].sort())
  })

  it.each<[Path]>([[['nope']], [['nope', 'deeper', 0]], [['toString']], [['name', 'x']], [['name', 0]]])(
    'finds nothing at %j',
    path => {
      expect(schemaAt(container, path)).toBeUndefined()
      expect(realTypes(schemaAt(container, path))).toEqual([])
    },
  )

  it('finds the members of a map by their pattern', () => {
    const map = { patternProperties: { '^[a-z]+$': { type: 'boolean' } } }
    expect(realTypes(schemaAt(map, ['any']))).toEqual(['boolean'])
  })
})

describe('core', () => {
  it('refuses unknown members at every depth', () => {
    expect(schemaAt(core('Container'), ['ports', 0])?.additionalProperties).toBe(false)
  })

  it('takes each allowed text as it is, whatever its characters mean in a pattern', () => {
    const signal = schemaAt(withExpressions('Container'), ['lifecycle', 'stopSignal'])
    const pattern = new RegExp(signal?.pattern ?? '')
    expect(['SIGRTMIN+1', 'SIGTERM', '$(params.signal)'].filter(text => !pattern.test(text))).toEqual([])
    expect(['SIGRTMINN1', 'SIGRTMIN-1'].filter(text => pattern.test(text))).toEqual([])
  })

  it('has only the types that it was generated with', () => {
    expect(() => core('Teapot')).toThrow('core.gen.json has no Teapot')
  })
})

describe('the limits of a profile', () => {
  const at = (...path: Path) => schemaAt(boundedCore('Container'), path)

  it('are for each list, map and text, and for nothing else', () => {
    expect(at('args')?.maxItems).toBe(limits.profileItems)
    expect(at('image')).toMatchObject({ type: 'string', maxLength: limits.profileText })
    expect(at('resources', 'limits')?.maxProperties).toBe(limits.profileKeys)
    const sizes = ['maxItems', 'maxLength', 'maxProperties']
    for (const path of [['securityContext'], ['stdin'], ['imagePullPolicy'], ['ports', 0, 'containerPort']])
      expect(Object.keys(at(...path) ?? {}).filter(key => sizes.includes(key))).toEqual([])
  })
})

describe('a value that may be an expression', () => {
  it.each([
    {
      what: 'a text stays as it is',
      schema: { type: 'string' },
      is: { type: 'string', maxLength: limits.profileText },
    },
    {
      what: 'a number may be a text with an expression',
      schema: { type: 'integer', minimum: 1 },
      is: { type: ['integer', 'string'], minimum: 1, pattern: expression, maxLength: limits.profileText },
    },
    {
      what: 'a number or a text stays as it is',
      schema: { type: ['integer', 'string'] },
      is: { type: ['integer', 'string'], maxLength: limits.profileText },
    },
    {
      what: 'one of several texts may be an expression',
      schema: { type: 'string', enum: ['A', 'B+1'] },
      is: {
        type: 'string',
        pattern: `^(A|B\\+1)$|${expression}`,
        maxLength: limits.profileText,
        'x-values': ['A', 'B+1'],
        title: 'one of A, B+1 or an expression $(…)',
      },
    },
  ])('$what', ({ schema, is }) => {
    expect(valueWithExpression(schema)).toEqual(is)
  })

  it('may be a whole list', () => {
    const { items, ...list } = listWithExpressions('EnvVar', { when: { type: 'string' } })
    expect(list).toEqual({
      type: ['array', 'string'],
      maxItems: limits.profileItems,
      pattern: expression,
      maxLength: limits.profileText,
    })
    expect(items).toMatchObject({ type: 'object', required: ['name'] })
    expect(Object.keys(items?.properties ?? {})).toContain('when')
  })
})
