import { constraints, type Entry, type Node, type OrderOf } from './constraints.ts'

/**
 * Puts containers in an order that keeps the Pod's own as they are, meets every `before` and `after`,
 * and otherwise stays as near to the given one as it can. The given order is the default placement:
 * a container moves only as far as a constraint makes it. A constraint may name a profile or a
 * container, ours or not, or `first` (under before) or `last` (under after); one that names nothing in
 * this Pod holds. Refuses a cycle, which it spells out. Kahn's algorithm, ties by the given order.
 */
export function order(
  entries: readonly Entry[],
  orders: ReadonlyMap<string, OrderOf>,
): { readonly ordered: readonly Entry[] } | { readonly cycle: string } {
  const graph = constraints(entries, orders)
  const placed: Node[] = []
  const ready = graph.filter(node => node.waitsFor === 0)
  while (ready.length > 0) {
    const next = ready.reduce((least, node) => (node.rank < least.rank ? node : least))
    ready.splice(ready.indexOf(next), 1)
    placed.push(next)
    for (const { to } of next.edges) if (--to.waitsFor === 0) ready.push(to)
  }
  if (placed.length < graph.length) return { cycle: cycleAmong(graph.filter(node => node.waitsFor > 0)) }
  return { ordered: placed.flatMap(({ entry }) => entry ?? []) }
}

/** Each of these waits for another of them, so that going back from any ends in a cycle. */
function cycleAmong(stuck: readonly Node[]): string {
  const waiting = new Set(stuck)
  const before = new Map<Node, { from: Node; why: string }>()
  for (const from of stuck)
    for (const { to, why } of from.edges) if (waiting.has(to)) before.set(to, { from, why })
  const seen = new Set<Node>()
  let node = stuck[0]!
  while (!seen.has(node)) {
    seen.add(node)
    node = before.get(node)!.from
  }
  const steps: string[] = []
  const start = node
  do {
    const { from, why } = before.get(node)!
    steps.unshift(`${nameOf(from)} before ${nameOf(node)} (${why})`)
    node = from
  } while (node !== start)
  return steps.join(', ')
}

function nameOf({ entry, rank }: Node): string {
  return entry ? JSON.stringify(entry.container.name) : rank < 0 ? 'first' : 'last'
}
