import { isObject, type Json, jsonText } from '../json/json.ts'
import { spend } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { fieldPath, type Path } from '../problems/problem.ts'
import type { Expression, Scope } from './cel/cel.ts'
import type { Leaf, Member, Template } from './template.ts'

/** Why expressions could not be evaluated for this Pod: messages with the field path, at most as many as are reported. */
export type Failures = string[]

function fail(failures: Failures, message: string): void {
  spend(unitsOfFailure)
  if (failures.length < limits.problems && !failures.includes(message)) failures.push(message)
}

// The library's errors quote the expression, and each message is compared with those before it.
const unitsOfFailure = 128

/**
 * The value of a template for one Pod; `undefined` if its `when` is false or its only expression is an absent optional.
 */
export function evaluate(template: Template, scope: Scope, failures: Failures): Json | undefined {
  switch (template.kind) {
    case 'constant':
      return template.value
    case 'list':
      return evaluateList(template.items, scope, failures)
    case 'object':
      return evaluateObject(template.members, scope, failures)
    case 'json':
      return textOf(evaluate(template.body, scope, failures) ?? null)
    case 'when':
      return isTrue(template.condition, template.path, scope, failures)
        ? evaluate(template.body, scope, failures)
        : undefined
    case 'leaf':
      return evaluateLeaf(template, scope, failures)
    default:
      return template satisfies never
  }
}

/** Whether a condition is true for this Pod. An error counts as false and is added to the failures. */
export function isTrue(condition: Expression, path: Path, scope: Scope, failures: Failures): boolean {
  const result = evaluated(condition, scope)
  if ('error' in result) fail(failures, `${fieldPath(path)}: ${condition.source}: ${result.error}`)
  else if (typeof result.value !== 'boolean')
    fail(failures, `${fieldPath(path)}: ${condition.source} is not true or false`)
  else return result.value
  return false
}

/** The result of an expression. Throws a `BudgetSpent` if it has used up the review's budget. */
function evaluated(expression: Expression, scope: Scope): ReturnType<Expression['evaluate']> {
  spend(unitsOfEvaluation)
  const result = expression.evaluate(scope)
  // The error may be that the review's budget is spent: then this throws.
  if ('error' in result) spend(0)
  return result
}

// What an evaluation costs before its first node.
const unitsOfEvaluation = 8

function textOf(value: Json): string {
  const text = jsonText(value)
  spend(text.length / charactersAUnit)
  return text
}

// The cost of making a text, and of writing it as JSON.
const charactersAUnit = 16

function evaluateList(items: readonly Template[], scope: Scope, failures: Failures): Json {
  spend(items.length)
  return items.flatMap(item => {
    const value = evaluate(item, scope, failures)
    if (value === undefined) return []
    // An expression that stands for an item may give a list: its items take the place of the expression.
    return item.kind === 'leaf' ? value : [value]
  })
}

function evaluateObject(members: readonly Member[], scope: Scope, failures: Failures): Json {
  spend(members.length)
  const entries: [string, Json][] = []
  for (const [key, member] of members) {
    const value = evaluate(member, scope, failures)
    if (value !== undefined) entries.push([key, value])
  }
  return Object.fromEntries(entries)
}

function evaluateLeaf(leaf: Leaf, scope: Scope, failures: Failures): Json | undefined {
  const values = leaf.parts.map(part =>
    typeof part === 'string' ? part : valueOfPart(part, leaf, scope, failures),
  )
  const [only] = values
  if (values.length === 1) return only === undefined ? undefined : fitting(leaf, only, failures)
  const isText = values.every(value => value !== undefined && (typeof value !== 'object' || value === null))
  if (isText) {
    const text = values.map(String).join('')
    spend(text.length / charactersAUnit)
    return text
  }
  fail(failures, `${fieldPath(leaf.path)}: only a string, number or boolean can stand inside text`)
  return undefined
}

function valueOfPart(
  expression: Expression,
  { path, expanded }: Leaf,
  scope: Scope,
  failures: Failures,
): Json | undefined {
  const result = evaluated(expression, scope)
  if ('error' in result) {
    fail(failures, `${fieldPath(path)}: $(${expression.source}): ${result.error}`)
    return undefined
  }
  return expanded ? literalIn(result.value) : result.value
}

/** The value with all its texts escaped, so that the kubelet expands nothing in them. */
function literalIn(value: Json | undefined): Json | undefined {
  if (typeof value === 'string') {
    spend(value.length / charactersAUnit)
    return literal(value)
  }
  if (Array.isArray(value)) {
    spend(value.length)
    return value.map(item => literalIn(item) ?? null)
  }
  if (!isObject(value)) return value
  spend(Object.keys(value).length)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [literal(key), literalIn(member)]))
}

/**
 * Escapes text so that the kubelet's expansion of `$(VAR)` gives it back unchanged: a `$` that could start a reference or
 * an escape is doubled. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function literal(text: string): string {
  return text.replace(/\$(?=[$(]|$)/g, '$$$$')
}

/** The value as the schema wants it here: a scalar becomes a string where only a string may stand. */
function fitting(leaf: Leaf, value: Json, failures: Failures): Json | undefined {
  const { wanted, check, path } = leaf
  const isScalar = typeof value !== 'object' || value === null
  if (wanted.length === 0) return value
  if (isScalar && wanted.includes(jsonType(value))) return value
  if (isScalar && wanted.includes('string') && value !== null) return String(value)
  if (!isScalar && check) {
    const problems = check(value)
    if (problems.length === 0) return value
    spend(valuesIn(value) * unitsOfWrongValue)
    for (const problem of problems)
      fail(failures, `${fieldPath([...path, ...problem.path])}: ${problem.message}`)
  } else fail(failures, `${fieldPath(path)}: must be ${wanted.join(' or ')}, not ${jsonType(value)}`)
  return undefined
}

function valuesIn(value: Json | undefined): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  for (const member of Object.values<Json | undefined>(value)) count += valuesIn(member)
  return count
}

// A valid value is recognised quickly. To find what is wrong takes 1.6 µs for each value in it.
const unitsOfWrongValue = 32

function jsonType(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}
