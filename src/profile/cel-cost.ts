import type { ASTNode } from '@marcbachmann/cel-js'

/** Units that one evaluation may use: a few milliseconds. */
export const costLimit = 100_000

/**
 * Makes a checked expression stop when it becomes too expensive, and replaces the library's `matches`.
 * Gives the function that starts an evaluation with a fresh budget.
 *
 * The library has no run-time limit, and nested comprehensions or doubled lists would let one profile
 * stop the server. So each node of the syntax tree is charged when it is evaluated: one unit, and more
 * for the length of a list or string that it makes or reads. This hooks into what the library keeps
 * in `meta.evaluate` of a node, so its version is pinned.
 */
export function limitCost(root: ASTNode, matches: (text: string, pattern: string) => boolean): () => void {
  const budget: Budget = { left: 0 }
  for (const node of treeOf(root)) {
    if (node.meta.alternate || node.meta.macro) continue
    const evaluate = isMatches(node) ? calling(matches, node) : node.meta.evaluate
    node.setMeta('evaluate', charged(evaluate, makes.has(node.op) ? 1 : 1 / 16, budget))
  }
  return () => {
    budget.left = costLimit
  }
}

interface Budget {
  left: number
}
type Evaluate = (evaluator: Evaluator, node: Node, context: unknown) => unknown
interface Evaluator {
  run(node: Node, context: unknown): unknown
}
interface Node {
  readonly op: string
  readonly args: unknown
  readonly meta: { readonly evaluate: Evaluate; readonly alternate?: Node; readonly macro?: object }
  setMeta(key: 'evaluate', value: Evaluate): void
}

/** Operators whose result is a new list; the others hand on one that exists, a step of a loop its own. */
const makes = new Set(['+', 'list', 'call', 'rcall'])
const handsOn = new Set(['accuPush', 'accuValue', '?:'])

function charged(evaluate: Evaluate, unitsAnItem: number, budget: Budget): Evaluate {
  const spend = (units: number) => {
    budget.left -= units
    if (budget.left < 0) throw new Error(`it costs more than ${costLimit} units to evaluate`)
  }
  return (evaluator, node, context) => {
    spend(1)
    const value = evaluate(evaluator, node, context)
    if (Array.isArray(value) && !handsOn.has(node.op)) spend(value.length * unitsAnItem)
    else if (typeof value === 'string') spend(value.length >> 4)
    return value
  }
}

function isMatches(node: Node): boolean {
  return node.op === 'rcall' && (node.args as [string])[0] === 'matches'
}

function calling(matches: (text: string, pattern: string) => boolean, node: Node): Evaluate {
  const [, receiver, [pattern]] = node.args as [string, Node, [Node]]
  return (evaluator, _, context) =>
    matches(String(evaluator.run(receiver, context)), String(evaluator.run(pattern, context)))
}

function treeOf(root: unknown): Set<Node> {
  const nodes = new Set<Node>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      if (nodes.has(value)) return
      nodes.add(value)
      visit([value.args, value.meta.alternate, Object.values(value.meta.macro ?? {})])
    } else if (isPlain(value)) Object.values(value).forEach(visit)
  }
  visit(root)
  return nodes
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'meta' in value
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
