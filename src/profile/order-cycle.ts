import type { Profile } from './profile.ts'
import type { Profiles } from './profiles.ts'

/**
 * The names of profiles that `order` puts in a circle with this one, as `['a', 'b', 'a']` where a comes before
 * b and b before a, from the least name on; undefined when there is none. Looks at whatever can meet in one Pod:
 * the cluster's profiles, and those of one namespace. As in a Pod, containers are put in order and not whole
 * profiles, each list of containers by itself, of which native sidecars are init containers; a container's
 * `when` is taken to be true. The others are expected to be in order without this one. Linear in their number
 * for each container of the profile.
 */
export function orderCycle(
  profile: Profile,
  others: Profiles | readonly Profile[],
): readonly string[] | undefined {
  const all = 'all' in others ? others.all : others
  const rest = all.filter(other => other.name !== profile.name && canMeet(profile, other))
  if (![profile, ...rest].some(isOrdered)) return undefined
  const cycle = cycleThrough(profile, rest)
  const namespaces = new Set(rest.flatMap(({ namespace }) => namespace ?? []))
  if (!cycle || namespaces.size <= 1) return cycle
  // It may lead through several namespaces: only now is it worth the while to look at each by itself.
  for (const one of namespaces) {
    const meeting = rest.filter(({ namespace = one }) => namespace === one)
    const real = cycleThrough(profile, meeting)
    if (real) return real
  }
  return undefined
}

function canMeet(a: Profile, b: Profile): boolean {
  return a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace
}

function isOrdered({ order: { before, after } }: Profile): boolean {
  return before.length > 0 || after.length > 0
}

/** A container of a profile, or one of the two boundaries: behind all that is first, before all that is last. */
interface Node {
  readonly name: string
  readonly profile?: Profile
  readonly container?: string
  readonly next?: Node
}

function cycleThrough(profile: Profile, others: readonly Profile[]): readonly string[] | undefined {
  for (const list of [initContainers, regularContainers]) {
    const graph = graphOf([profile, ...others], list)
    for (const start of graph.own.get(profile) ?? []) {
      const cycle = wayBack(start, graph)
      if (cycle) return named(cycle)
    }
  }
  return undefined
}

type List = (profile: Profile) => readonly { readonly name: string }[]

const initContainers: List = ({ lifecycle, containers, initContainers }) =>
  lifecycle === 'regular' ? initContainers : [...containers, ...initContainers]

const regularContainers: List = ({ lifecycle, containers }) => (lifecycle === 'regular' ? containers : [])

interface Graph {
  readonly own: ReadonlyMap<Profile, readonly Node[]>
  /** What a name in `order` stands for. */
  readonly bearers: ReadonlyMap<string, readonly Node[]>
  /** What comes after a name. */
  readonly followers: ReadonlyMap<string, readonly Node[]>
  readonly first: Node
  readonly last: Node
  readonly nodes: readonly Node[]
}

function graphOf(profiles: readonly Profile[], list: List): Graph {
  const own = new Map(profiles.map(profile => [profile, chained(profile, list(profile))]))
  const nodes = [...own.values()].flat()
  const names = ({ profile, container }: Node) => new Set([profile?.name ?? '', container ?? ''])
  return {
    own,
    bearers: grouped(nodes, names),
    followers: grouped(nodes, ({ profile }) => new Set(profile?.order.after)),
    first: { name: 'first' },
    last: { name: 'last' },
    nodes,
  }
}

/** The containers in the order that the profile declares. */
function chained(profile: Profile, containers: readonly { readonly name: string }[]): readonly Node[] {
  const nodes: Node[] = []
  for (const { name } of containers.toReversed()) {
    const next = nodes.at(-1)
    nodes.push({ name: profile.name, profile, container: name, ...(next && { next }) })
  }
  return nodes.reverse()
}

function grouped(nodes: readonly Node[], keysOf: (node: Node) => Iterable<string>) {
  const groups = new Map<string, Node[]>()
  for (const node of nodes) {
    for (const key of keysOf(node)) {
      const group = groups.get(key)
      if (group) group.push(node)
      else groups.set(key, [node])
    }
  }
  return groups
}

/** The shortest way from a node to itself, without its end; breadth first. */
function wayBack(start: Node, graph: Graph): readonly Node[] | undefined {
  const successors = successorsIn(graph)
  const from = new Map<Node, Node>()
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

function wayTo(end: Node, from: ReadonlyMap<Node, Node>): readonly Node[] {
  const way: Node[] = []
  for (let node: Node | undefined = end; node; node = from.get(node)) way.unshift(node)
  return way
}

/**
 * What comes after a node. A group of nodes is given to the first two profiles that ask for it: the second gets
 * those, too, which are the first one's own. Otherwise many profiles naming many would take their product.
 */
function successorsIn({ bearers, followers, first, last, nodes }: Graph): (node: Node) => readonly Node[] {
  const given = new Map<readonly Node[], Profile | 'all'>()
  const isFirst = ({ profile }: Node) => profile?.order.before.includes('first')
  const isLast = ({ profile }: Node) => profile?.order.after.includes('last')
  const others = (group: readonly Node[] | undefined, profile: Profile) => {
    const before = group && given.get(group)
    if (!group || before === 'all' || before === profile) return []
    given.set(group, before === undefined ? profile : 'all')
    return group.filter(node => node.profile !== profile)
  }
  return node => {
    const { profile, container = '', next } = node
    if (node === first) return nodes.filter(other => !isFirst(other))
    if (node === last) return nodes.filter(isLast)
    if (!profile) return []
    return [
      ...(next ? [next] : []),
      ...(isFirst(node) ? [first] : []),
      ...profile.order.before.flatMap(name => others(bearers.get(name), profile)),
      ...[...new Set([profile.name, container])].flatMap(name => others(followers.get(name), profile)),
      ...(isLast(node) ? [] : [last]),
    ]
  }
}

function named(way: readonly Node[]): readonly string[] {
  const names = way.map(({ name }) => name).filter((name, i, all) => i === 0 || name !== all[i - 1])
  if (names.length > 1 && names.at(-1) === names[0]) names.pop()
  const least = names.indexOf(names.toSorted()[0] ?? '')
  const rotated = [...names.slice(least), ...names.slice(0, least)]
  return [...rotated, ...rotated.slice(0, 1)]
}
