import { cycleIn, inOrder } from '../../order/sort.ts'
import { constraints, type Entry, type Node, type OrderOf } from './constraints.ts'

/**
 * Puts containers in an order that keeps the Pod's own as they are, meets every `before` and `after`,
 * and otherwise stays as near to the given one as it can. The given order is the default placement:
 * a container moves only as far as a constraint makes it. A constraint may name a profile or a
 * container, ours or not, or `first` (under before) or `last` (under after); one that names nothing in
 * this Pod holds. Refuses a cycle, which it spells out. Ties by the given order.
 */
export function order(
  entries: readonly Entry[],
  orders: ReadonlyMap<string, OrderOf>,
): { readonly ordered: readonly Entry[] } | { readonly cycle: string } {
  const graph = constraints(entries, orders)
  const placed = inOrder(graph)
  if (placed.length < graph.length) return { cycle: spelled(cycleIn(graph)) }
  return { ordered: placed.flatMap(({ entry }) => entry ?? []) }
}

/** Step by step, with the reason of each; the groups that a name stands for are passed over. */
function spelled(cycle: readonly Node[]): string {
  const ranks = cycle.map(({ entry, rank }) => (entry ? rank : Number.POSITIVE_INFINITY))
  const start = ranks.indexOf(Math.min(...ranks))
  const nodes = [...cycle.slice(start), ...cycle.slice(0, start + 1)]
  const steps: string[] = []
  let from = nodes[0]!
  let why = ''
  for (const [i, node] of nodes.slice(1).entries()) {
    why ||= nodes[i]!.edges.find(({ to }) => to === node)?.why ?? ''
    if (node.isGroup) continue
    steps.push(`${nameOf(from)} before ${nameOf(node)} (${why})`)
    from = node
    why = ''
  }
  return steps.join(', ')
}

function nameOf({ entry, rank }: Node): string {
  return entry ? JSON.stringify(entry.container.name) : rank < 0 ? 'first' : 'last'
}
