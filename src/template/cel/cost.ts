import type { ASTNode } from '@marcbachmann/cel-js'
import { BudgetSpent, spend } from '../../limits/budget.ts'
import { compilePattern, mustCompile, type Pattern } from './regex.ts'
import { isOptional, isPlain, weight } from './value.ts'

/**
 * Makes a checked expression stop when the budget is used up, and replaces the library's `matches`. Returns what is wrong
 * with a pattern in the expression, or with a function that is not allowed; otherwise the size of the expression in
 * nodes.
 *
 * The library has no run-time limit, and nested comprehensions or doubled lists would let one profile
 * stop the server. So each node of the syntax tree is charged: one unit for its evaluation, the size of its operands
 * before an operator or function reads them, and the size of its result if the result is new. The charges are made in
 * functions that the library keeps in `handle` and `meta.evaluate` of a node, and in `tryEval`. So its version is pinned.
 */
export function limitCost(
  root: ASTNode,
): { readonly error: string; readonly offset: number } | { readonly size: number } {
  const nodes = treeOf(root)
  let size = nodes.size
  for (const node of nodes) {
    if (node.meta.alternate || node.meta.macro) continue
    const name = functionOf(node)
    if (name !== undefined && isRefused(name))
      return { error: `there is no function ${JSON.stringify(name)}`, offset: node.start }
    const fixed = name === 'matches' ? fixedPattern(node) : undefined
    if (fixed && 'error' in fixed) return fixed
    size += fixed?.size ?? 0
    const evaluate = name === 'matches' ? matching(node, fixed) : node.meta.evaluate
    if (node.handle) node.handle = chargedBefore(node.handle, node.op, name)
    node.setMeta('evaluate', charged(evaluate, node))
  }
  return { size }
}

/** Whether the library has a function that Pillion does not allow: the size of what it makes is not known beforehand. */
export function isRefused(name: string): boolean {
  return name === 'json'
}

type Evaluate = (evaluator: Evaluator, node: Node, context: unknown) => unknown
type Handle = (...operands: readonly unknown[]) => unknown
interface Evaluator {
  run(node: Node, context: unknown): unknown
  tryEval(node: Node, context: unknown): unknown
}
interface Node {
  readonly op: string
  readonly args: unknown
  readonly start: number
  /** Computes the result from the evaluated operands. Operators and functions have it. */
  handle?: Handle
  readonly meta: { readonly evaluate: Evaluate; readonly alternate?: Node; readonly macro?: object }
  setMeta(key: 'evaluate', value: Evaluate): void
}

/**
 * `||`, `&&` and quantifiers continue after an error of an operand, but not after the budget is used up. An error costs a
 * stack trace.
 */
function triedWithin(this: Evaluator, node: Node, context: unknown): unknown {
  try {
    return this.run(node, context)
  } catch (error) {
    if (error instanceof BudgetSpent) throw error
    spend(unitsAnError)
    return error
  }
}

// Measured: 2 to 9 µs, and a line of the source.
const unitsAnError = 200

/** Operators whose result is a new value. Other operators return a value that exists. */
const makes = new Set(['+', 'list', 'map', 'comprehension', 'call', 'rcall'])
const handsOn = new Set(['accuPush', 'accuValue', '?:'])

function charged(evaluate: Evaluate, { op, args }: Node): Evaluate {
  const units = 1 + (op === 'map' ? unitsAnEntry * (args as readonly unknown[]).length : 0)
  const share = handsOn.has(op) ? 0 : makes.has(op) ? 1 : 1 / 16
  const mayGoOn = goesOn.has(op)
  return (evaluator, node, context) => {
    spend(units)
    if (mayGoOn) evaluator.tryEval = triedWithin
    const value = evaluate(evaluator, node, context)
    if (typeof value === 'string') spend(value.length >> 4)
    else if (typeof value === 'object' && value !== null && share > 0) spend(weight(value) * share)
    return value
  }
}

/** Operators that continue after an error of an operand. */
const goesOn = new Set(['||', '&&', 'comprehension'])

// Charged for each entry of a map, because the keys are not known before the map is made.
const unitsAnEntry = 12

const comparisons = new Set(['==', '!=', 'in', '<', '<=', '>', '>='])

/** Charges for what an operator or a function will read, before it does. */
function chargedBefore(handle: Handle, op: string, name: string | undefined): Handle {
  if (comparisons.has(op)) {
    return function (this: unknown, ...operands) {
      spend(weight(operands[0]) + weight(operands[1]))
      return handle.apply(this, operands as unknown[])
    }
  }
  if (op === '[?]') {
    return function (this: unknown, ...operands) {
      const item = handle.apply(this, operands as unknown[])
      // Beyond the end of a list the library creates an error, and drops it.
      if (!hasValue(item) && typeof operands[1] !== 'string') spend(unitsAnError)
      return item
    }
  }
  if (name === undefined) return handle
  return function (this: unknown, ...operands) {
    spendOnCall(name, operands[0] as readonly unknown[])
    return handle.apply(this, operands as unknown[])
  }
}

function hasValue(item: unknown): boolean {
  return typeof item !== 'object' || item === null || !isOptional(item) || item.hasValue()
}

/**
 * A function reads each of its operands once. Some functions read one operand again for each character or item of the
 * other one: `lastIndexOf` compares at each position, `join` repeats the separator.
 */
function spendOnCall(name: string, operands: readonly unknown[]): void {
  let product = 1
  for (const operand of operands) {
    if (typeof operand === 'string' || operand instanceof Uint8Array) {
      spend(operand.length >> 3)
      product *= operand.length + 1
    } else if (Array.isArray(operand)) product *= operand.length + 1
  }
  if (operands.length > 1) spend(product >>> 0 === product ? product >>> 6 : product / 64)
  const [first, second] = operands
  if (name === 'duration') {
    if (String(first).length > maxDuration)
      throw new Error(`a duration has at most ${maxDuration} characters`)
    spend(maxDuration)
  }
  // A timestamp in a time zone is formatted by Intl, which is set up anew for each call.
  if (first instanceof Date && second !== undefined) spend(unitsAZone)
}

// The library reads a duration with a backtracking regular expression.
const maxDuration = 64
const unitsAZone = 4_000

function functionOf(node: Node): string | undefined {
  return node.op === 'rcall' || node.op === 'call' ? (node.args as [string])[0] : undefined
}

/** The pattern if it is a literal in the expression, or what is wrong with it. */
function fixedPattern(node: Node): Pattern | { readonly error: string; readonly offset: number } | undefined {
  const [argument] = (node.args as [string, Node, [Node]])[2]
  if (argument.op !== 'value') return undefined
  const pattern = compilePattern(String(argument.args))
  return 'error' in pattern ? { error: `the pattern ${pattern.error}`, offset: argument.start } : pattern
}

/** Replaces the library's `matches`, which uses a backtracking engine that a pattern can hang. */
function matching(node: Node, fixed: Pattern | undefined): Evaluate {
  const [, receiver, [argument]] = node.args as [string, Node, [Node]]
  return (evaluator, _, context) => {
    const text = String(evaluator.run(receiver, context))
    const pattern = fixed ?? mustCompile(String(evaluator.run(argument, context)))
    spend(pattern.unitsOn(text))
    return pattern.isFoundIn(text)
  }
}

/** The names that an expression uses: variables, and the steps of its loops. */
export function namesIn(root: ASTNode): ReadonlySet<string> {
  const identifiers = [...treeOf(root)].filter(({ op }) => op === 'id')
  return new Set(identifiers.map(({ args }) => String(args)))
}

/** The functions that an expression calls, in the order of the syntax tree. */
export function callsIn(root: ASTNode): readonly { readonly name: string; readonly offset: number }[] {
  return [...treeOf(root)].flatMap(node => {
    const name = functionOf(node)
    return name === undefined ? [] : [{ name, offset: node.start }]
  })
}

function treeOf(root: unknown): Set<Node> {
  const nodes = new Set<Node>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      if (nodes.has(value)) return
      nodes.add(value)
      visit([value.args, value.meta.alternate, Object.values(value.meta.macro ?? {})])
    } else if (typeof value === 'object' && value !== null && isPlain(value))
      Object.values(value).forEach(visit)
  }
  visit(root)
  return nodes
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'meta' in value
}
