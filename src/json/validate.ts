import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { limits } from '../limits/limits.ts'
import { hintTo, listNames, misspelt, nearest } from '../problems/nearest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import type { Json, JsonObject } from './json.ts'
import { stepsOf } from './pointer.ts'
import { isOrExpression, realTypes, type Schema, schemaAt } from './schema.ts'

/**
 * A function that validates values against a schema: each deviation becomes a problem with its field path, what is
 * allowed there and, for an unknown member, the nearest known one.
 */
export function validatorFor(schema: Schema): (value: Json) => Problem[] {
  return value => {
    const validator = compiled(schema)
    if (validator.Check(value)) return []
    const problems = new Map<string, Problem>()
    for (const error of errorsOf(validator, value)) {
      for (const problem of toProblems(schema, value, error)) {
        if (problems.size >= limits.problems) return [...problems.values()]
        problems.set(JSON.stringify(problem), problem)
      }
    }
    // The library may have stopped before the first error that says something.
    return problems.size > 0 ? [...problems.values()] : [{ path: [], message: 'is not as the schema says' }]
  }
}

/** At most as many as are reported. The library has one global setting for that, which is put back. */
function errorsOf(validator: Validator, value: Json): readonly SchemaError[] {
  const { maxErrors } = Settings.Get()
  // Two errors may be about the same member.
  Settings.Set({ maxErrors: 2 * limits.problems })
  try {
    return validator.Errors(value)[1] as unknown as readonly SchemaError[]
  } finally {
    Settings.Set({ maxErrors })
  }
}

/** Compiling a schema takes milliseconds, and every profile uses the same few fields of core/v1. */
function compiled(schema: Schema): Validator {
  const known = validators.get(schema)
  if (known) return known
  const validator = Compile(schema)
  validators.set(schema, validator)
  return validator
}
const validators = new WeakMap<Schema, Validator>()
type Validator = ReturnType<typeof Compile>

interface SchemaError {
  readonly keyword: string
  /** A JSON pointer to the value. */
  readonly instancePath: string
  readonly params: {
    readonly additionalProperties: string[]
    readonly requiredProperties: string[]
    readonly limit?: number
  }
}

function toProblems(schema: Schema, value: Json, { keyword, instancePath, params }: SchemaError): Problem[] {
  const { path, at } = placeOf(instancePath, value)
  // An unknown member. The object that it is in has an error as well, unless there are too many before it.
  if (keyword === 'boolean') {
    const unknown = unknownMember(schemaAt(schema, path.slice(0, -1)) as Schema)
    return unknown ? [{ path, ...unknown(String(path.at(-1))) }] : []
  }
  const node = schemaAt(schema, path) as Schema
  if (keyword === 'additionalProperties') {
    // The library also reports a known member with a problem of its own as additional.
    const unknown = unknownMember(node)
    return unknown
      ? params.additionalProperties
          .slice(0, limits.problems)
          .map(key => ({ path: [...path, key], ...unknown(key) }))
      : []
  }
  if (keyword === 'required') {
    return params.requiredProperties.map(key => ({ path: [...path, key], message: 'is missing' }))
  }
  const message = excess(keyword, at, params.limit) ?? `must be ${expectation(node, keyword)}`
  const allowed = typeof at === 'string' ? node.enum?.map(String) : undefined
  return [{ path, message, ...(allowed && misspelt(String(at), nearest(String(at), allowed))) }]
}

/** `has 200 items; the limit is 128` */
function excess(keyword: string, value: Json | undefined, limit: number | undefined): string | undefined {
  const count = counted[keyword]?.(value)
  return count === undefined ? undefined : `has ${count}; the limit is ${limit}`
}

const counted: Readonly<Record<string, (value: Json | undefined) => string>> = {
  maxItems: value => `${(value as readonly Json[]).length} items`,
  maxProperties: value => `${Object.keys(value as JsonObject).length} members`,
  maxLength: value => `${(value as string).length} characters`,
}

/** What is wrong with an unknown member of an object; undefined if any name is allowed. */
function unknownMember({
  properties = {},
  ...node
}: Schema): ((key: string) => Omit<Problem, 'path'>) | undefined {
  const known = Object.keys(properties)
  if (known.length > 0)
    return key => {
      const meant = nearest(key, known)
      const hint = hintTo(meant) || `; known here: ${listNames(known)}`
      return { message: `unknown field${hint}`, ...misspelt(key, meant) }
    }
  const [pattern] = Object.keys(node.patternProperties ?? {})
  return pattern === undefined ? undefined : () => ({ message: `the name must match ${pattern}` })
}

const articles: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** What a schema node allows: the end of a sentence that starts with "must be". */
function expectation(node: Schema, keyword: string): string {
  if (node.title) return node.title
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (keyword === 'minItems' || keyword === 'minLength') return 'not empty'
  const allowed = realTypes(node).map(type => `${articles[type]}${type === 'integer' ? range(node) : ''}`)
  return [...allowed, ...(isOrExpression(node) ? ['an expression $(…)'] : [])].join(' or ')
}

/** ` from 1 to 100` */
function range({ minimum, maximum }: Schema): string {
  if (minimum === undefined && maximum === undefined) return ''
  return maximum === undefined ? ` of at least ${minimum}` : ` from ${minimum} to ${maximum}`
}

/** The path of a JSON pointer (a digit may be an index or a key), and the value there. */
function placeOf(pointer: string, value: Json): { readonly path: Path; readonly at: Json | undefined } {
  let at: Json | undefined = value
  const path = stepsOf(pointer).map(key => {
    const step = Array.isArray(at) ? Number(key) : key
    at = (at as Record<string | number, Json | undefined>)[step]
    return step
  })
  return { path, at }
}
