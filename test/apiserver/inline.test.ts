import { describe, expect, it } from 'vitest'
import { inline, type OpenApiSchema } from './inline.ts'

const schemas: Record<string, OpenApiSchema> = {
  Pair: {
    description: 'gone',
    type: 'object',
    properties: {
      second: { default: {}, description: 'gone', allOf: [{ $ref: '#/components/schemas/Item' }] },
      first: { $ref: '#/components/schemas/Item' },
    },
  },
  Item: { type: 'object', required: ['name'], properties: { name: { type: 'string', default: '' } } },
  Map: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Item' } },
  Port: { type: 'object', properties: { port: { $ref: `#/components/schemas/${intOrString()}` } } },
  [intOrString()]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  Loop: { type: 'array', items: { $ref: '#/components/schemas/Loop' } },
  Union: { oneOf: [{ type: 'string' }, { type: 'boolean' }] },
}

describe('inline', () => {
  const item = { properties: { name: { type: 'string' } }, required: ['name'], type: 'object' }

  it('replaces references, alone or in an allOf, sorts the keys and drops what does not constrain', () => {
    const pair = { properties: { first: item, second: item }, type: 'object' }
    expect(JSON.stringify(inline(schemas, 'Pair'))).toBe(JSON.stringify(pair))
  })

  it('resolves the values of a map', () => {
    expect(inline(schemas, 'Map')).toEqual({ additionalProperties: item, type: 'object' })
  })

  it('marks an integer or string', () => {
    const port = { type: ['integer', 'string'], 'x-kubernetes-int-or-string': true }
    expect(inline(schemas, 'Port')).toEqual({ properties: { port }, type: 'object' })
  })

  it.each([
    ['Loop', 'Loop > Loop contains itself'],
    ['Union', 'a oneOf, anyOf or allOf that is no single $ref'],
    ['Nothing', 'the OpenAPI document has no schema Nothing'],
  ])('refuses %s', (name, message) => {
    expect(() => inline(schemas, name)).toThrow(message)
  })
})

function intOrString() {
  return 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'
}
