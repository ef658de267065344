import { describe, expect, it } from 'vitest'
import { realTypes, schemaAt } from '../../json/schema.ts'
import type { Path } from '../../problems/problem.ts'
import { core, withExpressions } from './core-schema.ts'

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
