/**
 * A shortest cycle, each node before the next and the last before the first, through the first of the nodes that is in
 * one; undefined when none is. Linear in what can be reached.
 */
export function cycleThrough<N extends object>(
  nodes: readonly N[],
  successors: (node: N) => readonly N[],
): readonly N[] | undefined {
  const members = membersOfCycles(nodes, successors)
  const start = nodes.find(node => members.has(node))
  if (start === undefined) return undefined
  const from = new Map<N, N>()
  // Breadth first.
  const reached = [start]
  for (const node of reached) {
    for (const next of successors(node)) {
      if (next === start) return wayTo(node, from)
      if (from.has(next)) continue
      from.set(next, node)
      reached.push(next)
    }
  }
  return undefined
}

function wayTo<N>(end: N, from: ReadonlyMap<N, N>): readonly N[] {
  const way: N[] = []
  for (let node: N | undefined = end; node !== undefined; node = from.get(node)) way.push(node)
  return way.reverse()
}

/**
 * The nodes that lie on a cycle, among all that can be reached from some: those of a strongly connected component of
 * more than one node. Tarjan's algorithm, without recursion: linear in nodes and edges.
 * https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 */
export function membersOfCycles<N>(
  starts: Iterable<N>,
  successors: (node: N) => Iterable<N>,
): ReadonlySet<N> {
  const members = new Set<N>()
  const visits = new Map<N, Visit<N>>()
  /** The nodes whose component is not complete yet. */
  const open: Visit<N>[] = []

  const enter = (node: N): Visit<N> => {
    const rest = successors(node)[Symbol.iterator]()
    const visit = { node, index: visits.size, least: visits.size, isOpen: true, rest }
    visits.set(node, visit)
    open.push(visit)
    return visit
  }

  const close = (root: Visit<N>): void => {
    const at = open.lastIndexOf(root)
    const component = open.splice(at)
    for (const visit of component) {
      visit.isOpen = false
      if (component.length > 1) members.add(visit.node)
    }
  }

  for (const start of starts) {
    if (visits.has(start)) continue
    const path = [enter(start)]
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const step = top.rest.next()
      if (step.done) {
        path.pop()
        const parent = path.at(-1)
        if (parent) parent.least = Math.min(parent.least, top.least)
        if (top.least === top.index) close(top)
      } else {
        const known = visits.get(step.value)
        if (!known) path.push(enter(step.value))
        else if (known.isOpen) top.least = Math.min(top.least, known.index)
      }
    }
  }
  return members
}

interface Visit<N> {
  readonly node: N
  readonly index: number
  /** The least index that can be reached and is open. */
  least: number
  isOpen: boolean
  readonly rest: Iterator<N>
}
