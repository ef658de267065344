import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { limits } from '../limits/limits.ts'
import { didYouMean, listNames } from '../problems/nearest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { isOrExpression, realTypes, type Schema, schemaAt } from '../profile/schema/core-schema.ts'
import type { Json, JsonObject } from './json.ts'
import { stepsOf } from './pointer.ts'

/**
 * A check of values against a schema: every deviation as a problem, with the field path, what is
 * allowed there, and for an unknown member the nearest known one.
 */
export function shape(schema: Schema): (value: Json) => Problem[] {
  return value => {
    const validator = validatorOf(schema)
    if (validator.Check(value)) return []
    const problems = new Map<string, Problem>()
    for (const error of errorsOf(validator, value)) {
      for (const problem of toProblems(schema, value, error)) {
        if (problems.size >= limits.problems) return [...problems.values()]
        problems.set(JSON.stringify(problem), problem)
      }
    }
    // However many errors the library has, one of them is about something.
    return problems.size > 0 ? [...problems.values()] : [{ path: [], message: 'is not as the schema says' }]
  }
}

/** As many as are reported. The library has one setting for that, which others may use as well. */
function errorsOf(validator: Validator, value: Json): readonly SchemaError[] {
  const { maxErrors } = Settings.Get()
  // An error may be about a member that has another one, or twice the same.
  Settings.Set({ maxErrors: 2 * limits.problems })
  try {
    return validator.Errors(value)[1] as unknown as readonly SchemaError[]
  } finally {
    Settings.Set({ maxErrors })
  }
}

/** Compiling one takes milliseconds; the same few fields of core/v1 are asked for by every profile. */
function validatorOf(schema: Schema): Validator {
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
  // Of a member that may not be; the object that it is in has an error, too, unless there are too many before it.
  if (keyword === 'boolean') {
    const message = unknownMember(schemaAt(schema, path.slice(0, -1)) as Schema)
    return message ? [{ path, message: message(String(path.at(-1))) }] : []
  }
  const node = schemaAt(schema, path) as Schema
  if (keyword === 'additionalProperties') {
    // A member that is known and has its own problem is reported as additional as well.
    const message = unknownMember(node)
    return message
      ? params.additionalProperties
          .slice(0, limits.problems)
          .map(key => ({ path: [...path, key], message: message(key) }))
      : []
  }
  if (keyword === 'required') {
    return params.requiredProperties.map(key => ({ path: [...path, key], message: 'is missing' }))
  }
  const message = excess(keyword, at, params.limit) ?? `must be ${expectation(node, keyword)}`
  return [{ path, message }]
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

/** What to say about a member that may not be in an object; undefined where any name may. */
function unknownMember({ properties = {}, ...node }: Schema): ((key: string) => string) | undefined {
  const known = Object.keys(properties)
  if (known.length > 0)
    return key => `unknown field${didYouMean(key, known) || `; known here: ${listNames(known)}`}`
  const [pattern] = Object.keys(node.patternProperties ?? {})
  return pattern === undefined ? undefined : () => `the name must match ${pattern}`
}

const articles: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** What a schema node allows, as the end of a sentence that starts with "must be". */
function expectation(node: Schema, keyword: string): string {
  if (node.title) return node.title
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (keyword === 'minItems' || keyword === 'minLength') return 'not empty'
  const allowed = realTypes(node).map(type => articles[type])
  return [...allowed, ...(isOrExpression(node) ? ['an expression $(…)'] : [])].join(' or ')
}

/** Where a JSON pointer leads, as steps (a digit may be an index or a key), and what is there. */
function placeOf(pointer: string, value: Json): { readonly path: Path; readonly at: Json | undefined } {
  let at: Json | undefined = value
  const path = stepsOf(pointer).map(key => {
    const step = Array.isArray(at) ? Number(key) : key
    at = (at as Record<string | number, Json | undefined>)[step]
    return step
  })
  return { path, at }
}
