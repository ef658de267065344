import { Type } from 'typebox'
import { expression, type Schema, typesOf } from '../../json/schema.ts'
import { limits } from '../../limits/limits.ts'
import coreSchemas from './core.gen.json' with { type: 'json' }

/** The schema of a core/v1 or meta/v1 type without unknown members. It has no limits: those of a Pod are elsewhere. */
export function core(name: string): Schema {
  const schema = (coreSchemas as Record<string, Schema>)[name]
  if (!schema)
    throw new Error(
      `core.gen.json has no ${name}: add it to types in test/apiserver/core.ts, then run npx node tools/kubernetes-api.ts`,
    )
  return map(schema, same => same)
}

/** The same with the limits of a profile: each list, map and text has a maximum size. */
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
 * A core/v1 type in which any value can be an expression `$(…)`. `members` are added, and replace those of the same
 * name.
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

/** A list of these, or an expression that gives the list. */
export function listWithExpressions(name: string, members: Readonly<Record<string, object>>): Schema {
  return orExpression(bounded({ type: 'array', items: withExpressions(name, members) }))
}

/** A value as a profile may have it, or an expression that gives it. */
export function valueWithExpression(schema: Schema): Schema {
  return orExpression(bounded(schema))
}

function orExpression({ enum: allowed, ...schema }: Schema): Schema {
  if (allowed) {
    // The name of a signal such as SIGRTMIN+1 has a special character.
    const pattern = `^(${allowed.map(value => String(value).replaceAll('+', '\\+')).join('|')})$|${expression}`
    return {
      ...schema,
      pattern,
      maxLength: limits.profileText,
      'x-values': allowed,
      title: `one of ${allowed.join(', ')} or an expression $(…)`,
    }
  }
  const types = typesOf(schema)
  if (types.includes('string')) return schema
  return { ...schema, type: [...types, 'string'], pattern: expression, maxLength: limits.profileText }
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

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

export const Selector = Type.Unsafe<LabelSelector>(boundedCore('LabelSelector'))
