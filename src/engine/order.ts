import type { Container } from './pod.ts'

/** A container with its place among the others of `containers` or of `initContainers`. */
export interface Entry {
  readonly container: Container
  /** The profile that gives it; undefined for the Pod's own and for other injectors'. */
  readonly profile?: string
  /** Not in the Pod yet. Only these can be placed: what is in the Pod stays where it is. */
  readonly isNew: boolean
}

export interface OrderOf {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

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

interface Node {
  /** Undefined for the two boundaries, behind `first` and before `last`. */
  readonly entry?: Entry
  readonly rank: number
  readonly edges: Edge[]
  waitsFor: number
}

interface Edge {
  readonly to: Node
  readonly why: string
}

function constraints(entries: readonly Entry[], orders: ReadonlyMap<string, OrderOf>): readonly Node[] {
  const nodes = entries.map((entry, rank): Node => ({ entry, rank, edges: [], waitsFor: 0 }))
  const boundaries = { first: boundary(-1), last: boundary(entries.length) }
  const link = (from: Node, to: Node, why: string) => {
    from.edges.push({ to, why })
    to.waitsFor++
  }
  const linkNew = (from: Node, to: Node, why: string) => {
    if (from.entry?.isNew || to.entry?.isNew) link(from, to, why)
  }
  chain(
    nodes.filter(({ entry }) => !entry?.isNew),
    "the Pod's own order",
    link,
  )
  const groups = Map.groupBy(nodes, ({ entry }) => entry?.profile)
  const named = Map.groupBy(nodes, ({ entry }) => entry?.container.name)
  for (const [profile, own] of groups) {
    if (profile === undefined) continue
    chain(own, `the order within profile ${profile}`, linkNew)
    const { before = [], after = [] } = orders.get(profile) ?? {}
    const others = (name: string) =>
      [...new Set([...(groups.get(name) ?? []), ...(named.get(name) ?? [])])].filter(
        ({ entry }) => entry?.profile !== profile,
      )
    for (const name of before.filter(isName)) {
      for (const from of own)
        for (const to of others(name)) linkNew(from, to, `profile ${profile}: before ${name}`)
    }
    for (const name of after.filter(isName)) {
      for (const to of own)
        for (const from of others(name)) linkNew(from, to, `profile ${profile}: after ${name}`)
    }
  }
  const atEdge = (edge: 'first' | 'last') => (node: Node) => {
    const { before = [], after = [] } = orders.get(node.entry?.profile ?? '') ?? {}
    return node.entry?.isNew === true && (edge === 'first' ? before : after).includes(edge)
  }
  const isFirst = atEdge('first')
  const isLast = atEdge('last')
  for (const node of nodes) {
    const [first, last] = [isFirst(node), isLast(node)]
    if (first) link(node, boundaries.first, `profile ${node.entry?.profile}: before first`)
    else link(boundaries.first, node, 'first is before all others')
    if (last) link(boundaries.last, node, `profile ${node.entry?.profile}: after last`)
    else link(node, boundaries.last, 'all others are before last')
  }
  return [...nodes, boundaries.first, boundaries.last]
}

function boundary(rank: number): Node {
  return { rank, edges: [], waitsFor: 0 }
}

function isName(name: string): boolean {
  return name !== 'first' && name !== 'last'
}

function chain(nodes: readonly Node[], why: string, link: (from: Node, to: Node, why: string) => void): void {
  nodes.slice(1).forEach((node, i) => {
    link(nodes[i]!, node, why)
  })
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
