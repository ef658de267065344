import { spend } from '../profile/budget.ts'
import type { Container } from './pod.ts'

/** A container with its place among the others of `containers` or of `initContainers`. */
export interface Entry {
  readonly container: Container
  /** The profile that gives it; undefined for the Pod's own and for other injectors'. */
  readonly profile?: string
  /** Its place among the containers that its profile declares. */
  readonly declared?: number
  /** Not in the Pod yet. Only these can be placed: what is in the Pod stays where it is. */
  readonly isNew: boolean
}

export interface OrderOf {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** A container in the graph of what must come before what. */
export interface Node {
  /** Undefined for the two boundaries, behind `first` and before `last`. */
  readonly entry?: Entry
  /** Its place in the given order. */
  readonly rank: number
  readonly edges: Edge[]
  /** How many edges lead here from nodes that are not placed yet. */
  waitsFor: number
}

export interface Edge {
  readonly to: Node
  readonly why: string
}

/**
 * What must come before what: the Pod's own order, the order a profile declares, and `before` and
 * `after`. Only pairs of which one is new are constrained, for nothing else can be placed. A profile of
 * which a part stands in the Pod already is completed beside that part, wherever others have moved it.
 */
export function constraints(
  entries: readonly Entry[],
  orders: ReadonlyMap<string, OrderOf>,
): readonly Node[] {
  const nodes = entries.map((entry, rank): Node => ({ entry, rank, edges: [], waitsFor: 0 }))
  chain(nodes.filter(isStanding), "the Pod's own order")
  const byProfile = Map.groupBy(nodes, ({ entry }) => entry?.profile)
  const byName = Map.groupBy(nodes, ({ entry }) => entry?.container.name)
  const others = (name: string, own: ReadonlySet<Node>) =>
    new Set([...(byProfile.get(name) ?? []), ...(byName.get(name) ?? [])]).difference(own)
  const first = new Set<Node>()
  const last = new Set<Node>()
  for (const [profile, own] of byProfile) {
    if (profile === undefined || own.every(isStanding)) continue
    linkDeclared(own, `the order within profile ${profile}`)
    if (own.some(isStanding)) continue
    const { before = [], after = [] } = orders.get(profile) ?? {}
    const all = new Set(own)
    if (before.includes('first')) for (const node of own) first.add(node)
    if (after.includes('last')) for (const node of own) last.add(node)
    for (const name of before)
      for (const to of others(name, all))
        for (const node of own) link(node, to, `profile ${profile}: before ${name}`)
    for (const name of after)
      for (const from of others(name, all))
        for (const node of own) link(from, node, `profile ${profile}: after ${name}`)
  }
  return [...nodes, firstBoundary(nodes, first), lastBoundary(nodes, last)]
}

function isStanding({ entry }: Node): boolean {
  return entry?.isNew === false
}

function link(from: Node, to: Node, why: string): void {
  spend(unitsOfEdge)
  from.edges.push({ to, why })
  to.waitsFor++
}

// Some 200 bytes, and its sentence.
const unitsOfEdge = 40

function chain(nodes: readonly Node[], why: string): void {
  nodes.slice(1).forEach((node, i) => {
    link(nodes[i]!, node, why)
  })
}

/** Each new container behind the one declared before it; those before the first that stands, in front of it. */
function linkDeclared(own: readonly Node[], why: string): void {
  const declared = own.toSorted((a, b) => (a.entry?.declared ?? 0) - (b.entry?.declared ?? 0))
  const firstStanding = declared.findIndex(isStanding)
  declared.slice(1).forEach((node, i) => {
    if (!isStanding(node) || i + 1 === firstStanding) link(declared[i]!, node, why)
  })
}

// One node between the first and all others, instead of an edge for each pair.
function firstBoundary(nodes: readonly Node[], first: ReadonlySet<Node>): Node {
  const boundary: Node = { rank: -1, edges: [], waitsFor: 0 }
  for (const node of nodes) {
    if (first.has(node)) link(node, boundary, `profile ${node.entry?.profile}: before first`)
    else link(boundary, node, 'first is before all others')
  }
  return boundary
}

function lastBoundary(nodes: readonly Node[], last: ReadonlySet<Node>): Node {
  const boundary: Node = { rank: nodes.length, edges: [], waitsFor: 0 }
  for (const node of nodes) {
    if (last.has(node)) link(boundary, node, `profile ${node.entry?.profile}: after last`)
    else link(node, boundary, 'all others are before last')
  }
  return boundary
}
