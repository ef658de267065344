import { spend } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { hintTo, listNames, misspelt, nearest } from '../problems/nearest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { truncate } from '../problems/truncate.ts'
import { compilePattern, mustCompile } from '../template/cel/regex.ts'
import { parseQuantity } from './check/quantity.ts'
import type { Parameter } from './schema/schema.ts'

export type ParameterValue = string | number | boolean

/**
 * The typed value of an annotation's text, or what is wrong with it. Checks the type, then `enum`, `pattern` (RE2, found
 * anywhere unless anchored), `minimum` and `maximum`.
 */
export function parseParameter(declared: Parameter, text: string): { value: ParameterValue } | Violation {
  const value = parsers[declared.type](text)
  if (value === undefined) return { problem: `${quoted(text)} is not ${nouns[declared.type]}` }
  return violation(declared, value, mismatch) ?? { value }
}

/** Why a parameter does not take a value, and the nearest one that it takes, if there is one. */
interface Violation {
  readonly problem: string
  readonly meant?: string
}

/** What is wrong with a declaration itself: its bounds, its pattern, its default and its example. */
export function checkParameter(declared: Parameter, path: Path): Problem[] {
  const { type, pattern, minimum, maximum } = declared
  const problems: Problem[] = []
  const add = (key: string, message: string, ...rest: Path) =>
    problems.push({ path: [...path, key, ...rest], message })
  if (pattern !== undefined && type !== 'string')
    add('pattern', `only a string has a pattern, not ${nouns[type]}`)
  const compiled = pattern === undefined ? undefined : compilePattern(pattern)
  if (compiled && 'error' in compiled) add('pattern', compiled.error)
  for (const key of ['minimum', 'maximum'] as const) {
    const bound = declared[key]
    if (bound === undefined) continue
    if (!isOrdered(type)) add(key, `only an integer, number or quantity has a ${key}, not ${nouns[type]}`)
    else if (typed(type, bound) === undefined) add(key, `${JSON.stringify(bound)} is not ${nouns[type]}`)
  }
  if (declared.required && declared.default !== undefined)
    add('required', 'a parameter with a default is never missing')
  if (problems.length > 0) return problems
  if (minimum !== undefined && maximum !== undefined && compare(type, minimum, maximum) > 0) {
    add('minimum', `${minimum} is more than the maximum, ${maximum}`)
  }
  for (const [i, allowed] of (declared.enum ?? []).entries()) {
    if (typed(type, allowed) === undefined) add('enum', `${JSON.stringify(allowed)} is not ${nouns[type]}`, i)
  }
  for (const key of ['default', 'example'] as const) {
    const given = declared[key]
    if (given === undefined) continue
    const value = typed(type, given)
    const wrong: Violation | undefined =
      value === undefined
        ? { problem: `${JSON.stringify(given)} is not ${nouns[type]}` }
        : violation(declared, value, (_, pattern) => `does not match ${pattern}`)
    if (wrong)
      problems.push({ path: [...path, key], message: wrong.problem, ...misspelt(String(given), wrong.meant) })
  }
  return problems
}

/** A declared default as a value of its parameter's type. */
export function defaultOf(declared: Parameter): ParameterValue | undefined {
  return declared.default === undefined ? undefined : typed(declared.type, declared.default)
}

/** What a missing parameter wants, in words: `such as "http://collector:4318": Address of the receiver.` */
export function wants(declared: Parameter): string {
  const { description = '', pattern } = declared
  const example = pattern === undefined ? undefined : exampleIn(declared)
  const what = example === undefined ? accepts(declared) : `such as ${example}`
  return [what, ...(description === '' ? [] : [truncate(description, maxDescribed)])].join(': ')
}

/** A regular expression says little to most people: an example and the description say more. */
function mismatch(declared: Parameter, pattern: string): string {
  const { description = '' } = declared
  const example = exampleIn(declared)
  const meaning = description === '' ? '' : `: ${truncate(description, maxDescribed)}`
  if (example === undefined) return `does not match ${pattern}${meaning}`
  return `does not have the right form, for example ${example}${meaning}`
}

/** A valid value that says something: the example or, without one, the default. */
function exampleIn({ example, default: fallback }: Parameter): string | undefined {
  const value = example ?? fallback
  return value === undefined || value === '' ? undefined : quoted(String(value))
}

/** What a parameter accepts, in words: `integer, 1 to 65535`. */
export function accepts({ type, enum: allowed, pattern, minimum, maximum }: Parameter): string {
  const parts: string[] = [allowed ? `one of ${allowed.join(', ')}` : type]
  if (pattern !== undefined) parts.push(`matching ${pattern}`)
  if (minimum !== undefined && maximum !== undefined) parts.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) parts.push(`at least ${minimum}`)
  else if (maximum !== undefined) parts.push(`at most ${maximum}`)
  return parts.join(', ')
}

type Type = Parameter['type']

const nouns: Record<Type, string> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  quantity: 'a quantity such as 64Mi or 100m',
}

const parsers: Record<Type, (text: string) => ParameterValue | undefined> = {
  string: text => text,
  integer: text => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: text =>
    text.length <= 100 && /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$/.test(text)
      ? Number(text)
      : undefined,
  boolean: text => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  quantity: text => (parseQuantity(text) === undefined ? undefined : text),
}

/** A value from YAML: it has its type already, except that a quantity may be written as a number. */
function typed(type: Type, value: ParameterValue): ParameterValue | undefined {
  const isOfType = type === 'quantity' || typeof value === (type === 'integer' ? 'number' : type)
  return isOfType ? parsers[type](String(value)) : undefined
}

function violation(
  declared: Parameter,
  value: ParameterValue,
  mismatchOf: typeof mismatch,
): Violation | undefined {
  const { type, enum: allowed, pattern, minimum, maximum } = declared
  const shown = quoted(String(value))
  if (allowed && !allowed.some(one => compare(type, one, value) === 0)) {
    const names = allowed.map(String)
    const meant = nearest(String(value), names)
    const problem = `${shown} is not one of ${listNames(allowed)}${hintTo(meant)}`
    return { problem, ...(meant !== undefined && { meant }) }
  }
  if (pattern !== undefined) {
    const compiled = mustCompile(pattern)
    const units = compiled.unitsOn(String(value))
    if (units > limits.expressionUnits)
      return { problem: `${shown} is too long to be matched with ${pattern}` }
    spend(units)
    if (!compiled.isFoundIn(String(value))) return { problem: `${shown} ${mismatchOf(declared, pattern)}` }
  }
  if (minimum !== undefined && compare(type, value, minimum) < 0)
    return { problem: `${shown} is less than ${minimum}`, meant: String(minimum) }
  if (maximum !== undefined && compare(type, value, maximum) > 0)
    return { problem: `${shown} is more than ${maximum}`, meant: String(maximum) }
  return undefined
}

function isOrdered(type: Type): boolean {
  return type === 'integer' || type === 'number' || type === 'quantity'
}

function compare(type: Type, a: ParameterValue, b: ParameterValue): number {
  const [x, y] =
    type === 'quantity' ? [parseQuantity(String(a)) ?? 0n, parseQuantity(String(b)) ?? 0n] : [a, b]
  return x < y ? -1 : x > y ? 1 : 0
}

// The most characters of a value that a message repeats.
const maxQuoted = 60
const maxDescribed = 200

/** A text that a user wrote, in a message. */
export function quoted(text: string): string {
  return JSON.stringify(truncate(text, maxQuoted))
}
