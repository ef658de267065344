/** Something that comes before others, as a node of a graph that is used up by placing it. */
export interface Ranked<N> {
  /** Where it stands as long as nothing says otherwise. */
  readonly rank: number
  readonly edges: readonly { readonly to: N }[]
  /** How many edges lead here from nodes that are not placed yet. */
  waitsFor: number
}

/**
 * The nodes in an order that has each before those it comes before, and otherwise by rank; without those that are in a
 * cycle, or behind one. Kahn's algorithm with a heap: n log n in nodes and edges.
 * https://en.wikipedia.org/wiki/Topological_sorting#Kahn's_algorithm
 */
export function inOrder<N extends Ranked<N>>(nodes: readonly N[]): readonly N[] {
  const placed: N[] = []
  const ready: N[] = []
  for (const node of nodes) if (node.waitsFor === 0) push(ready, node)
  for (let next = pop(ready); next; next = pop(ready)) {
    placed.push(next)
    for (const { to } of next.edges) if (--to.waitsFor === 0) push(ready, to)
  }
  return placed
}

/** One cycle among the nodes that could not be placed, each before the next and the last before the first. */
export function cycleIn<N extends Ranked<N>>(nodes: readonly N[]): readonly N[] {
  const stuck = nodes.filter(({ waitsFor }) => waitsFor > 0)
  // Each waits for another of them, so that going back from any ends in a cycle.
  const before = new Map<N, N>()
  for (const node of stuck) for (const { to } of node.edges) if (to.waitsFor > 0) before.set(to, node)
  const seen = new Set<N>()
  let node = stuck[0]
  while (node && !seen.has(node)) {
    seen.add(node)
    node = before.get(node)
  }
  const cycle: N[] = []
  for (let at = node; at && (cycle.length === 0 || at !== node); at = before.get(at)) cycle.push(at)
  return cycle.reverse()
}

/** Into a binary heap with the least rank on top. */
function push<N extends Ranked<N>>(heap: N[], node: N): void {
  let at = heap.length
  heap.push(node)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.rank <= node.rank) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = node
}

function pop<N extends Ranked<N>>(heap: N[]): N | undefined {
  const least = heap[0]
  const last = heap.pop()
  if (heap.length === 0 || !last) return least
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.rank < heap[child]!.rank) child++
    if (heap[child]!.rank >= last.rank) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return least
}
