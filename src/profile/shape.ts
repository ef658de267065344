import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { type Schema, schemaAt, typesOf } from './core.ts'
import type { Json } from './json.ts'
import { didYouMean } from './nearest.ts'
import type { Path, Problem } from './problem.ts'

// A person with ten mistakes wants to hear of ten; past this many it is the wrong file.
const maxProblems = 100

/**
 * A check of values against a schema: every deviation as a problem, with the field path, what is
 * allowed there, and for an unknown member the nearest known one.
 */
export function shape(schema: Schema): (value: Json) => Problem[] {
  const validator = Compile(schema)
  return value => {
    if (validator.Check(value)) return []
    Settings.Set({ maxErrors: maxProblems })
    const [, errors] = validator.Errors(value)
    const problems = errors.flatMap(error => toProblems(schema, error as SchemaError))
    return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
  }
}

interface SchemaError {
  readonly keyword: string
  /** A JSON pointer to the value. */
  readonly instancePath: string
  readonly params: { readonly additionalProperties?: string[]; readonly requiredProperties?: string[] }
}

function toProblems(schema: Schema, { keyword, instancePath, params }: SchemaError): Problem[] {
  const path = pathOf(instancePath)
  const node = schemaAt(schema, path)
  if (keyword === 'additionalProperties') {
    const known = Object.keys(node?.properties ?? {})
    return (params.additionalProperties ?? []).map(key => ({
      path: [...path, key],
      message: unknownMember(key, node, known),
    }))
  }
  if (keyword === 'required') {
    return (params.requiredProperties ?? []).map(key => ({ path: [...path, key], message: 'is missing' }))
  }
  if (keyword === 'boolean') return []
  return [{ path, message: `must be ${expectation(node, keyword)}` }]
}

function unknownMember(key: string, node: Schema | undefined, known: readonly string[]): string {
  if (known.length > 0) return `unknown field${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`
  const pattern = Object.keys((node?.['patternProperties'] as object) ?? {})[0]
  return `the name must match ${pattern}`
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
function expectation(node: Schema | undefined, keyword: string): string {
  if (!node) return 'something else'
  if (node.title) return node.title
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (keyword === 'minItems' || keyword === 'minLength') return 'not empty'
  const types = typesOf(node)
  const isOrExpression = types.length > 1 && node.pattern !== undefined
  const plain = isOrExpression ? types.filter(type => type !== 'string') : types
  const allowed = plain.map(type => articles[type] ?? type)
  return [...allowed, ...(isOrExpression ? ['an expression $(…)'] : [])].join(' or ')
}

function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1)
  return steps.map(step =>
    /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
  )
}
