import { limits } from '../../limits/limits.ts'
import type { Path } from '../../problems/problem.ts'
import coreSchemas from './core.gen.json' with { type: 'json' }

/**
 * A JSON Schema node, as far as we use it. `core.gen.json` holds the core/v1 types, taken from the API
 * server's own OpenAPI document by `tools/core-schema.ts`.
 */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly title?: string
  readonly [keyword: string]: unknown
}

/** A core/v1 or meta/v1 type where unknown members are refused, of any size: what a Pod has is bounded elsewhere. */
export function core(name: string): Schema {
  const schema = (coreSchemas as Record<string, Schema>)[name]
  if (!schema) throw new Error(`core.gen.json has no ${name}`)
  return map(schema, same => same)
}

/** The same as a profile may have it: each list, map and text has a maximum size. */
export function boundedCore(name: string): Schema {
  return map(core(name), bounded)
}

function bounded(schema: Schema): Schema {
  const types = typesOf(schema)
  const isMap = types.includes('object') && schema.properties === undefined
  return {
    ...schema,
    ...(types.includes('array') && { maxItems: limits.profileItems }),
    ...(isMap && { maxProperties: limits.profileKeys }),
    ...(types.includes('string') && schema.enum === undefined && { maxLength: limits.profileText }),
  }
}

/**
 * A core/v1 type in which `$(…)` may stand for any value that is not a string anyway, with members of
 * our own added or put in the place of its own.
 */
export function withExpressions(name: string, members: Readonly<Record<string, object>> = {}): Schema {
  const { properties = {}, required = [], ...schema } = map(boundedCore(name), orExpression)
  return {
    ...schema,
    type: 'object',
    properties: { ...properties, ...(members as Record<string, Schema>) },
    required,
  }
}

/** A list of such, for which an expression may stand as well. */
export function listWithExpressions(name: string, members: Readonly<Record<string, object>>): Schema {
  return orExpression(bounded({ type: 'array', items: withExpressions(name, members) }))
}

/** A value as a profile may have it, or an expression that gives it. */
export function valueWithExpression(schema: Schema): Schema {
  return orExpression(bounded(schema))
}

/** Text that holds at least one expression. */
const expression = '\\$\\('

function orExpression({ enum: allowed, ...schema }: Schema): Schema {
  if (allowed) {
    // A signal such as SIGRTMIN+1 has a character with a meaning of its own.
    const pattern = `^(${allowed.map(value => String(value).replaceAll('+', '\\+')).join('|')})$|${expression}`
    return {
      ...schema,
      pattern,
      maxLength: limits.profileText,
      title: `one of ${allowed.join(', ')} or an expression $(…)`,
    }
  }
  const types = typesOf(schema)
  if (types.includes('string')) return schema
  return { ...schema, type: [...types, 'string'], pattern: expression, maxLength: limits.profileText }
}

/** What a schema node allows, without the string that stands only for an expression. */
export function realTypes(schema: Schema | undefined): readonly string[] {
  const types = schema ? typesOf(schema) : []
  return isOrExpression(schema) ? types.filter(type => type !== 'string') : types
}

/** Whether `withExpressions` added the string. */
export function isOrExpression(schema: Schema | undefined): boolean {
  return Array.isArray(schema?.type) && schema.pattern === expression
}

function typesOf(schema: Schema): readonly string[] {
  return [schema.type ?? []].flat()
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
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((node, step) => (node ? below(node, step) : undefined), schema)
}

function below({ items, properties = {}, ...node }: Schema, step: string | number): Schema | undefined {
  if (typeof step === 'number') return items
  if (Object.hasOwn(properties, step)) return properties[step]
  if (typeof node.additionalProperties === 'object') return node.additionalProperties
  return Object.values(node.patternProperties ?? {})[0]
}
