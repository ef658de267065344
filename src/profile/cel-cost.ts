import type { ASTNode } from '@marcbachmann/cel-js'
import { spend } from './budget.ts'
import { isPlain, weight } from './cel-value.ts'
import { compilePattern, type Pattern } from './pattern.ts'

/**
 * Makes a checked expression stop when the budget is used up, and replaces the library's `matches`.
 * Gives what is wrong with a pattern that the expression holds, if anything is.
 *
 * The library has no run-time limit, and nested comprehensions or doubled lists would let one profile
 * stop the server. So each node of the syntax tree is charged when it is evaluated: one unit, and more
 * for what a list, map or string that it makes or reads holds. This hooks into what the library keeps
 * in `meta.evaluate` of a node, so its version is pinned.
 */
export function limitCost(root: ASTNode): { readonly error: string; readonly offset: number } | undefined {
  for (const node of treeOf(root)) {
    if (node.meta.alternate || node.meta.macro) continue
    const evaluate = isMatches(node) ? matching(node) : node.meta.evaluate
    if ('error' in evaluate) return evaluate
    node.setMeta('evaluate', charged(evaluate))
  }
  return undefined
}

type Evaluate = (evaluator: Evaluator, node: Node, context: unknown) => unknown
interface Evaluator {
  run(node: Node, context: unknown): unknown
}
interface Node {
  readonly op: string
  readonly args: unknown
  readonly start: number
  readonly meta: { readonly evaluate: Evaluate; readonly alternate?: Node; readonly macro?: object }
  setMeta(key: 'evaluate', value: Evaluate): void
}

/** Operators whose result is new; the others hand on one that exists, a step of a loop its own. */
const makes = new Set(['+', 'list', 'map', 'comprehension', 'call', 'rcall'])
const handsOn = new Set(['accuPush', 'accuValue', '?:'])

function charged(evaluate: Evaluate): Evaluate {
  return (evaluator, node, context) => {
    spend(1)
    const value = evaluate(evaluator, node, context)
    if (typeof value === 'string') spend(value.length >> 4)
    else if (!handsOn.has(node.op)) spend(makes.has(node.op) ? weight(value) : weight(value) / 16)
    return value
  }
}

function isMatches(node: Node): boolean {
  return node.op === 'rcall' && (node.args as [string])[0] === 'matches'
}

// Compiling a pattern costs about this many units for each of its instructions.
const unitsAnInstruction = 16

/** The library's own `matches` runs a backtracking engine, which a pattern can hang. */
function matching(node: Node): Evaluate | { error: string; offset: number } {
  const [, receiver, [argument]] = node.args as [string, Node, [Node]]
  const fixed = argument.op === 'value' ? compilePattern(String(argument.args)) : undefined
  if (fixed && 'error' in fixed) return { error: fixed.error, offset: argument.start }
  return (evaluator, _, context) => {
    const text = String(evaluator.run(receiver, context))
    const pattern = fixed ?? computed(String(evaluator.run(argument, context)))
    spend(pattern.stepsOn(text) / 16)
    return pattern.isFoundIn(text)
  }
}

function computed(source: string): Pattern {
  spend(source.length * unitsAnInstruction)
  const pattern = compilePattern(source)
  if ('error' in pattern) throw new Error(pattern.error)
  spend(pattern.stepsOn(' ') * unitsAnInstruction)
  return pattern
}

/** The names that an expression asks for: variables, and the steps of its loops. */
export function namesIn(root: ASTNode): ReadonlySet<string> {
  const identifiers = [...treeOf(root)].filter(({ op }) => op === 'id')
  return new Set(identifiers.map(({ args }) => String(args)))
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
