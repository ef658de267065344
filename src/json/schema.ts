import type { Path } from '../problems/problem.ts'

/**
 * A JSON Schema node, as far as Pillion uses it. An expression `$(…)` may stand for a value that is no string: the node
 * then allows a string with the pattern `expression`, too.
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

/** Text that holds at least one expression. */
export const expression = '\\$\\('

/** What a schema node allows, without the string that stands only for an expression. */
export function realTypes(schema: Schema | undefined): readonly string[] {
  const types = schema ? typesOf(schema) : []
  return isOrExpression(schema) ? types.filter(type => type !== 'string') : types
}

/** Whether the string stands only for an expression. */
export function isOrExpression(schema: Schema | undefined): boolean {
  return Array.isArray(schema?.type) && schema.pattern === expression
}

export function typesOf(schema: Schema): readonly string[] {
  return [schema.type ?? []].flat()
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
