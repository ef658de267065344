import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { isOrExpression, realTypes, type Schema, schemaAt } from './core.ts'
import type { Json } from './json.ts'
import { didYouMean, listNames } from './nearest.ts'
import { stepsOf } from './pointer.ts'
import type { Path, Problem } from './problem.ts'

// A person with ten mistakes wants to hear of ten; past this many it is the wrong file.
const maxProblems = 100

/**
 * A check of values against a schema: every deviation as a problem, with the field path, what is
 * allowed there, and for an unknown member the nearest known one.
 */
export function shape(schema: Schema): (value: Json) => Problem[] {
  return value => {
    const validator = validatorOf(schema)
    if (validator.Check(value)) return []
    Settings.Set({ maxErrors: maxProblems })
    const [, errors] = validator.Errors(value)
    const problems = errors.flatMap(error => toProblems(schema, value, error as unknown as SchemaError))
    return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
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
  readonly params: { readonly additionalProperties: string[]; readonly requiredProperties: string[] }
}

function toProblems(schema: Schema, value: Json, { keyword, instancePath, params }: SchemaError): Problem[] {
  const path = pathOf(instancePath, value)
  // Reported on a member that may not be, beside the problem of the object it is in.
  if (keyword === 'boolean') return []
  const node = schemaAt(schema, path) as Schema
  if (keyword === 'additionalProperties') {
    // A member that is known and has its own problem is reported as additional as well.
    const message = unknownMember(node)
    return message
      ? params.additionalProperties.map(key => ({ path: [...path, key], message: message(key) }))
      : []
  }
  if (keyword === 'required') {
    return params.requiredProperties.map(key => ({ path: [...path, key], message: 'is missing' }))
  }
  return [{ path, message: `must be ${expectation(node, keyword)}` }]
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

/** A JSON pointer into a value as the steps that lead there: a digit may be an index or a key. */
function pathOf(pointer: string, value: Json): Path {
  let at: Json | undefined = value
  return stepsOf(pointer).map(key => {
    const step = Array.isArray(at) ? Number(key) : key
    at = (at as Record<string | number, Json | undefined>)[step]
    return step
  })
}
