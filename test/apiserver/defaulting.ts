import { isObject, type Json, type JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import type { Schemas } from './core.ts'
import type { DefaultingView } from './stored.ts'

/** The file that says what the API server makes of absent and zero values, in the sources. */
export const defaultingFile = new URL('../../src/engine/plan/defaulting.gen.json', import.meta.url)

/** One field: what stands for it when it is absent, and whether its zero value is written at all. */
interface Node {
  default?: Json
  dropsZero?: true
  quantity?: true
  members?: { [member: string]: Node }
}

/**
 * What an API server makes of the fields of a Container, a Volume and a PodDNSConfig, learnt from what it does with
 * a Pod in which all of them are zero, and with one in which none is there: the text of
 * `src/engine/plan/defaulting.gen.json`.
 */
export async function defaulting({ asDefaulted }: DefaultingView, schemas: Schemas): Promise<string> {
  const parts = { container: schemas.Container, volume: schemas.Volume, dnsConfig: schemas.PodDNSConfig }
  const seen = async (fill: (schema: Schema) => Json) => {
    const [container, volume, dnsConfig] = Object.values(parts).map(fill)
    const { spec } = await asDefaulted({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'zero' },
      spec: { containers: [container], volumes: [volume], dnsConfig } as never,
    })
    return {
      container: spec?.containers?.[0],
      volume: spec?.volumes?.[0],
      dnsConfig: spec?.['dnsConfig'] as Json,
    }
  }
  const [zero, bare] = [await seen(zeroOf), await seen(bareOf)]
  const nodes = Object.entries(parts).map(([name, schema]) => [
    name,
    nodeOf(schema, zero[name as keyof typeof parts], bare[name as keyof typeof parts]),
  ])
  return `${JSON.stringify(Object.fromEntries(nodes), null, 1)}\n`
}

function nodeOf(schema: Schema, zero: Json | undefined, bare: Json | undefined): Node {
  const node: Node = {}
  if (schema['x-quantity']) node.quantity = true
  const type = kindOf(schema)
  if (type === 'object') {
    const [zeros, bares] = [first(zero), first(bare)]
    const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]): [string, Node][] => {
      const below = nodeOf(member, zeros?.[key], bares?.[key])
      return Object.keys(below).length > 0 ? [[key, below]] : []
    })
    if (members.length > 0) node.members = Object.fromEntries(members)
    return node
  }
  if (type === 'array') {
    const items = nodeOf(schema.items ?? {}, first(zero), first(bare))
    return { ...node, dropsZero: true, ...(items.members && { members: items.members }) }
  }
  if (type === 'map') {
    const value = nodeOf(schema.additionalProperties as Schema, undefined, undefined)
    return { ...node, dropsZero: true, ...(value.quantity && { quantity: true }) }
  }
  if (bare !== undefined) node.default = bare
  if (zero === undefined || zero !== scalarZero(schema)) node.dropsZero = true
  return node
}

function first(value: Json | undefined): JsonObject | undefined {
  const only = Array.isArray(value) ? value[0] : value
  return isObject(only) ? only : undefined
}

function kindOf({ type, properties, additionalProperties }: Schema): string {
  if (type !== 'object') return [type].flat()[0] ?? 'string'
  return properties || typeof additionalProperties !== 'object' ? 'object' : 'map'
}

function scalarZero(schema: Schema): Json {
  if (schema['x-quantity']) return '0'
  const type = [schema.type].flat()[0]
  return type === 'boolean' ? false : type === 'integer' || type === 'number' ? 0 : ''
}

/** A value of that schema in which every field is there, with its zero value. */
function zeroOf(schema: Schema): Json {
  const type = kindOf(schema)
  if (schema['format'] === 'date-time') return null
  if (type === 'array') return [zeroOf(schema.items ?? {})]
  if (type === 'map') return {}
  if (type === 'object') return membersOf(schema, zeroOf)
  return scalarZero(schema)
}

/** A value of that schema with every object in it and no value in any. */
function bareOf(schema: Schema): Json {
  const type = kindOf(schema)
  if (type === 'array') return kindOf(schema.items ?? {}) === 'object' ? [bareOf(schema.items ?? {})] : []
  if (type === 'object') return membersOf(schema, bareOf)
  return null
}

function membersOf({ properties = {} }: Schema, fill: (schema: Schema) => Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([key, member]) => [key, fill(member)]))
}
