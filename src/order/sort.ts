interface Ranked<N> {
  readonly node: N
  readonly rank: number
}

/**
 * The nodes that can be reached, in an order that has each before those that come after it, and otherwise by rank;
 * without those that are in a cycle, or behind one. Kahn's algorithm with a heap: n log n in nodes and edges.
 * https://en.wikipedia.org/wiki/Topological_sorting#Kahn's_algorithm
 */
export function inOrder<N>(
  nodes: Iterable<N>,
  successors: (node: N) => readonly N[],
  rankOf: (node: N) => number,
): readonly N[] {
  const edges = new Map<N, readonly N[]>()
  /** How many edges lead to a node from nodes that are not placed yet. */
  const waitsFor = new Map<N, number>()
  // The loop goes on with what it adds.
  const reached = new Set(nodes)
  for (const node of reached) {
    const behind = successors(node)
    edges.set(node, behind)
    for (const to of behind) {
      reached.add(to)
      waitsFor.set(to, (waitsFor.get(to) ?? 0) + 1)
    }
  }
  const placed: N[] = []
  const ready: Ranked<N>[] = []
  for (const node of reached) if (!waitsFor.has(node)) push(ready, { node, rank: rankOf(node) })
  for (let next = pop(ready); next; next = pop(ready)) {
    placed.push(next.node)
    for (const to of edges.get(next.node)!) {
      const left = waitsFor.get(to)! - 1
      waitsFor.set(to, left)
      if (left === 0) push(ready, { node: to, rank: rankOf(to) })
    }
  }
  return placed
}

/** Into a binary heap with the least rank on top. */
function push<N>(heap: Ranked<N>[], node: Ranked<N>): void {
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

function pop<N>(heap: Ranked<N>[]): Ranked<N> | undefined {
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
