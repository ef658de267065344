import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Connection } from './connection.ts'
import { inline, type OpenApiSchema } from './inline.ts'

interface Inlined {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Inlined>>
  readonly items?: Inlined
  readonly additionalProperties?: Inlined
  readonly enum?: readonly Json[]
  readonly format?: string
  readonly 'x-quantity'?: true
}

/**
 * The metadata and the spec of a Pod in which every field is set that the API server's own OpenAPI names, also fields that
 * exclude each other: the API server calls webhooks before it validates a Pod.
 */
export async function podWithEveryField(request: Connection['request']): Promise<JsonObject> {
  const { body } = await request<{ components: { schemas: Record<string, OpenApiSchema> } }>(
    'GET',
    '/openapi/v3/api/v1',
  )
  const { properties = {} } = inline(body.components.schemas, 'io.k8s.api.core.v1.Pod') as Inlined
  return { metadata: madeOf(properties['metadata']), spec: madeOf(properties['spec']) } as JsonObject
}

/** A value with all that its schema names: lists have one item, and maps one member. */
function madeOf({
  type,
  properties,
  items,
  additionalProperties,
  enum: allowed,
  format,
  'x-quantity': isQuantity,
}: Inlined = {}): Json {
  if (allowed) return allowed[0] as Json
  if (isQuantity) return '7'
  switch ([type].flat()[0]) {
    case 'object':
      if (properties)
        return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, madeOf(each)]))
      return additionalProperties ? { a: madeOf(additionalProperties) } : {}
    case 'array':
      return [madeOf(items)]
    case 'integer':
    case 'number':
      return 7
    case 'boolean':
      return true
    default:
      return format === 'date-time' ? '2026-01-01T00:00:00Z' : 'a'
  }
}

/** The path of each value that has no members. */
export function leavesOf(value: Json | undefined, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${at} ${JSON.stringify(value)}`]
  const members = Object.entries(value)
  if (members.length === 0) return [`${at} ${JSON.stringify(value)}`]
  return members.flatMap(([key, inner]) => leavesOf(inner as Json, `${at}/${key}`))
}

/** What one value has and the other has not, or not in the same order. Lists may have more items, at any place. */
export function lost(before: Json | undefined, after: Json | undefined, at = ''): readonly string[] {
  if (typeof before !== 'object' || before === null) return before === after ? [] : [at]
  if (Array.isArray(before)) {
    if (!Array.isArray(after)) return [at]
    let from = 0
    return before.flatMap((item, i) => {
      const found = after.findIndex((other, j) => j >= from && lost(item, other).length === 0)
      if (found === -1) return [`${at}/${i}`]
      from = found + 1
      return []
    })
  }
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return [at]
  return Object.entries(before).flatMap(([key, inner]) =>
    lost(inner as Json, (after as JsonObject)[key], `${at}/${key}`),
  )
}
