/** A schema of OpenAPI v3 as kube-apiserver writes it; only what this module reads. */
export type OpenApiSchema = {
  readonly $ref?: string
  readonly allOf?: readonly OpenApiSchema[]
  readonly oneOf?: readonly OpenApiSchema[]
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly items?: OpenApiSchema
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly [keyword: string]: unknown
}

type InlineSchema = { readonly [keyword: string]: unknown }

/**
 * The named schema with every `$ref` in it replaced by what it points to, keys sorted, and of the keywords
 * only those that say which values are valid or how lists merge. Two types of Kubernetes are more than
 * one JSON type and become a marker beside the types they take: `x-kubernetes-int-or-string` and `x-quantity`.
 * Throws for a name that is not there, a type that contains itself, and any other `oneOf` or `allOf`:
 * a new Kubernetes must not lose meaning silently.
 */
export function inline(
  schemas: Readonly<Record<string, OpenApiSchema>>,
  name: string,
  within: readonly string[] = [],
): InlineSchema {
  const schema = schemas[name]
  if (!schema) throw new Error(`the OpenAPI document has no schema ${name}`)
  if (within.includes(name)) throw new Error(`${[...within, name].join(' > ')} contains itself`)
  return special[name] ?? resolve(schema)

  function resolve(schema: OpenApiSchema): InlineSchema {
    const target = reference(schema)
    const base = target === undefined ? {} : inline(schemas, target, [...within, name])
    return sorted({ ...base, ...ownKeywords(schema) })
  }

  function ownKeywords(schema: OpenApiSchema): InlineSchema {
    const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => kept.has(keyword)))
    const { properties, items, additionalProperties } = schema
    if (properties) own['properties'] = sorted(mapValues(properties, resolve))
    if (items) own['items'] = resolve(items)
    if (typeof additionalProperties === 'object') own['additionalProperties'] = resolve(additionalProperties)
    return own
  }
}

const special: Readonly<Record<string, InlineSchema>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    type: ['integer', 'string'],
    'x-kubernetes-int-or-string': true,
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['number', 'string'], 'x-quantity': true },
}

const kept = new Set([
  'type',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'enum',
  'format',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-patch-merge-key',
])

/** kube-openapi puts a lone `$ref` into an `allOf` when it has a description or default of its own. */
function reference({ $ref, allOf, oneOf, anyOf }: OpenApiSchema): string | undefined {
  const only = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined)
  if (oneOf ?? anyOf ?? (allOf && !only)) throw new Error('a oneOf, anyOf or allOf that is no single $ref')
  return only?.replace('#/components/schemas/', '')
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
