import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import { hintTo, listNames, misspelt, nearest } from '../../problems/nearest.ts'
import type { Problem } from '../../problems/problem.ts'
import { callsIn, isRefused } from './cost.ts'

/** What is wrong with an expression, and where in it. */
export interface Mistake extends Pick<Problem, 'misspelt'> {
  readonly error: string
  readonly offset: number
  /** The text may never have been meant as CEL: `$(cat file)` of a shell script. */
  readonly isForeign?: true
}

/** What a parsed expression can use. */
export interface Vocabulary {
  readonly variables: readonly string[]
  readonly parameters: readonly string[]
  readonly functions: Functions
}

/** The functions and macros by name, with the ways to call them: `string.split(string)`. */
export type Functions = ReadonlyMap<string, readonly string[]>

/** All functions of an environment, except those that Pillion refuses. */
export function functionsOf(environment: Environment): Functions {
  const calls = new Map<string, string[]>()
  for (const { name, signature } of environment.getDefinitions().functions)
    if (!isRefused(name))
      calls.set(name, [...(calls.get(name) ?? []), signature.slice(0, signature.lastIndexOf(')') + 1)])
  return calls
}

/** The error of the library's parser, as a sentence with what to write instead. */
export function notParsed({ error, offset }: Mistake, source: string): Mistake {
  const reserved = after('Reserved identifier: ', error)
  if (reserved !== undefined) {
    const instead = reserved === 'namespace' ? '; the variable is namespaceObject' : ''
    return { error: `${reserved} is a reserved word of CEL${instead}`, offset }
  }
  return { error: syntaxError(error, source, offset), offset, isForeign: true }
}

function syntaxError(error: string, source: string, offset: number): string {
  if (error.endsWith('EOF')) return 'the expression is not complete'
  if (!error.startsWith('Unexpected ')) return error
  const [word = ''] = /^(?:\w{1,64}|.)/su.exec(source.slice(offset)) ?? []
  const isNegated = source.slice(0, offset).trimEnd().endsWith('not')
  const operator = isNegated ? operators.get('not') : operators.get(word)
  const hint = operator === undefined ? '' : `; CEL writes ${operator}`
  return `unexpected ${JSON.stringify(word)} at character ${offset + 1}${hint}`
}

const operators: ReadonlyMap<string, string> = new Map([
  ['and', '&& for "and"'],
  ['or', '|| for "or"'],
  ['not', '! for "not"'],
  ['=', '== to compare'],
])

/** The error of the library's type check, as a sentence with what is allowed. */
export function notChecked({ error, offset }: Mistake, root: ASTNode, allowed: Vocabulary): Mistake {
  const { variables, parameters, functions } = allowed
  // The library may have found something else first: "Unknown variable: c" in `list.exist(c, c > 1)`.
  const call = callsIn(root).find(({ name }) => !functions.has(name))
  if (call) {
    const meant = nearest(call.name, functions.keys())
    const error = `there is no function ${JSON.stringify(call.name)}${hintTo(meant) || functionTable}`
    return { error, offset: call.offset, ...misspelt(call.name, meant) }
  }
  const variable = after('Unknown variable: ', error)
  if (variable !== undefined) return { ...noVariable(variable, variables), offset, isForeign: true }
  const parameter = after('No such key: ', error)
  if (parameter !== undefined && !parameters.includes(parameter)) {
    const declared = parameters.length > 0 ? `declared: ${listNames(parameters)}` : 'none is declared'
    const meant = nearest(parameter, parameters)
    return {
      error: `no parameter ${JSON.stringify(parameter)}${hintTo(meant)} (${declared})`,
      offset,
      ...misspelt(`params.${parameter}`, meant && `params.${meant}`),
    }
  }
  const called = after('found no matching overload for ', error)
  if (called === undefined) return { error: `${error}${remedy(error)}`, offset }
  const head = called.slice(1, Math.max(1, called.indexOf('(')))
  const ways = functions.get(head.slice(head.lastIndexOf('.') + 1)) ?? []
  return { error: `${called.slice(1, -1)} does not exist; there is ${listNames(ways)}`, offset }
}

function remedy(error: string): string {
  if (error.startsWith('no such overload')) return '; string(), int() and double() convert values'
  return error.startsWith('has()') ? '; it takes a field, as in has(pod.spec.nodeName)' : ''
}

const functionTable = '; docs/profiles.md#functions lists all functions'

function noVariable(name: string, variables: readonly string[]): Pick<Mistake, 'error' | 'misspelt'> {
  const here = `here are ${variables.join(', ')}`
  if (everyVariable.has(name)) return { error: `the variable ${name} is not available here; ${here}` }
  const meant = nearest(name, variables)
  const error = `there is no variable ${JSON.stringify(name)}${hintTo(meant)}; ${here}`
  return { error, ...misspelt(name, meant) }
}

const everyVariable: ReadonlySet<string> = new Set(['pod', 'namespaceObject', 'app', 'container'])

function after(prefix: string, text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined
}
