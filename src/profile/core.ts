import coreSchemas from './core.gen.json' with { type: 'json' }

/**
 * A JSON Schema node, as far as we use it. `core.gen.json` holds the core/v1 types, taken from the API
 * server's own OpenAPI document by `test/apiserver/schema.ts`.
 */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly title?: string
  readonly [keyword: string]: unknown
}

/** A core/v1 or meta/v1 type where unknown members are refused. */
export function core(name: string): Schema {
  const schema = (coreSchemas as Record<string, Schema>)[name]
  if (!schema) throw new Error(`core.gen.json has no ${name}`)
  return map(schema, node => node)
}

/**
 * A core/v1 type in which `$(…)` may stand for any value that is not a string anyway, with members of
 * our own added and some of its own taken away.
 */
export function withExpressions(
  name: string,
  members: Readonly<Record<string, object>> = {},
  without: readonly string[] = [],
): Schema {
  const { properties = {}, required = [], ...schema } = map(core(name), orExpression)
  const kept = Object.entries(properties).filter(([key]) => !without.includes(key))
  return {
    ...schema,
    type: 'object',
    properties: { ...Object.fromEntries(kept), ...(members as Record<string, Schema>) },
    required,
  }
}

/** Text that holds at least one expression. */
const expression = '\\$\\('

function orExpression({ enum: allowed, ...schema }: Schema): Schema {
  if (allowed) {
    const pattern = `^(${allowed.join('|')})$|${expression}`
    return { ...schema, pattern, title: `one of ${allowed.join(', ')} or an expression $(…)` }
  }
  const types = typesOf(schema)
  if (types.includes('string')) return schema
  return { ...schema, type: [...types, 'string'], pattern: expression }
}

export function typesOf(schema: Schema): readonly string[] {
  if (schema.type === undefined) return []
  return typeof schema.type === 'string' ? [schema.type] : schema.type
}

function map(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const { properties, items, additionalProperties, ...rest } = schema
  return change({
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, map(value, change)]),
      ),
      additionalProperties: false,
    }),
    ...(items && { items: map(items, change) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: map(additionalProperties, change),
    }),
  })
}

/** The schema of the value at a path below `schema`, or undefined where anything may stand. */
export function schemaAt(schema: Schema | undefined, path: readonly (string | number)[]): Schema | undefined {
  return path.reduce<Schema | undefined>((node, step) => {
    if (typeof step === 'number') return node?.items
    const patterned = Object.values((node?.['patternProperties'] as Record<string, Schema>) ?? {})[0]
    const others = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined
    return (
      (node?.properties && Object.hasOwn(node.properties, step) && node.properties[step]) ||
      others ||
      patterned
    )
  }, schema)
}
