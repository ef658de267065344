import { spend } from '../../limits/budget.ts'
import type { Ranked } from '../../order/sort.ts'
import type { OrderOf } from '../../profile/order/placement.ts'
import type { Container } from '../pod.ts'

export type { OrderOf } from '../../profile/order/placement.ts'

/** A container with its place among the others of `containers` or of `initContainers`. */
export interface Entry {
  readonly container: Container
  /** The profile that gives it; undefined for the Pod's own and for other injectors'. */
  readonly profile?: string
  /** Its place among the containers of its profile. */
  readonly declared?: number
  /** What holds for this container, where that is not its profile's `order`. */
  readonly order?: OrderOf
  /** Not in the Pod yet. Only these can be placed: what is in the Pod stays where it is. */
  readonly isNew: boolean
}

/** A container in the graph of what must come before what. */
export interface Node extends Ranked<Node> {
  /** Undefined for groups and for the two boundaries, behind `first` and before `last`. */
  readonly entry?: Entry
  /** Whether it stands for all that a name means: one edge to it instead of one for each of them. */
  readonly isGroup?: boolean
  readonly edges: Edge[]
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
  const groups = groupsOf(nodes)
  const first = new Set<Node>()
  const last = new Set<Node>()
  for (const [profile, own] of byProfile) {
    if (profile === undefined || own.every(isStanding)) continue
    linkDeclared(own, `the order within profile ${profile}`)
    if (own.some(isStanding)) continue
    // What its own containers do among themselves is in the order within the profile.
    const ownNames = new Set([profile, ...own.map(({ entry }) => entry?.container.name)])
    for (const node of own) {
      const { before, after } = node.entry?.order ?? orders.get(profile) ?? noOrder
      if (before.includes('first')) first.add(node)
      if (after.includes('last')) last.add(node)
      for (const name of new Set(before)) {
        const group = ownNames.has(name) ? undefined : groups.before(name)
        if (group) link(node, group, `profile ${profile}: before ${name}`)
      }
      for (const name of new Set(after)) {
        const group = ownNames.has(name) ? undefined : groups.after(name)
        if (group) link(group, node, `profile ${profile}: after ${name}`)
      }
    }
  }
  return [...nodes, ...groups.made, firstBoundary(nodes, first), lastBoundary(nodes, last)]
}

const noOrder: OrderOf = { before: [], after: [] }

/** A name's node in front of all that bear it, and the one behind them; undefined where nothing bears it. */
function groupsOf(nodes: readonly Node[]) {
  const bearers = new Map<string, Set<Node>>()
  for (const node of nodes) {
    const { container, profile } = node.entry ?? {}
    for (const name of [container?.name, profile]) {
      if (name === undefined) continue
      const those = bearers.get(name)
      if (those) those.add(node)
      else bearers.set(name, new Set([node]))
    }
  }
  const made: Node[] = []
  const groupWith = (tie: (group: Node, bearer: Node) => void) => {
    const known = new Map<string, Node>()
    return (name: string) => {
      const those = bearers.get(name)
      if (!those || known.has(name)) return known.get(name)
      // Placed as soon as it can be: it takes no place of its own.
      const group: Node = { isGroup: true, rank: -1, edges: [], waitsFor: 0 }
      for (const bearer of those) tie(group, bearer)
      known.set(name, group)
      made.push(group)
      return group
    }
  }
  return {
    made,
    before: groupWith((group, bearer) => link(group, bearer, '')),
    after: groupWith((group, bearer) => link(bearer, group, '')),
  }
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
