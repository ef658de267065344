import type { Profile } from './profile.ts'
import type { Profiles } from './profiles.ts'

/** Profiles that are put together one by one. */
export interface OrderGraph {
  add(profile: Profile): void
  /**
   * The names of profiles that `order` puts in a circle with this one, as `['a', 'b', 'a']` where a comes before
   * b and b before a, from the least name on; undefined when there is none.
   */
  cycleWith(profile: Profile): readonly string[] | undefined
}

/**
 * What comes before what, wherever it can meet in one Pod: the cluster's profiles, and those of one namespace.
 * As in a Pod, containers are put in order and not whole profiles, each list of containers by itself, of which
 * native sidecars are init containers; a container's `when` is taken to be true. What is there is expected to
 * be in order by itself, and a profile of the asked one's name gives way to it. Asking takes a time that is
 * linear in what comes after the profile, for each of its containers.
 */
export function orderGraph(): OrderGraph {
  const lists = [initContainers, regularContainers].map(list => ({ list, standing: newIndex() }))
  const namespaces = new Set<string>()

  function cycleAmong(profile: Profile, meets: (other: Profile) => boolean): readonly Node[] | undefined {
    for (const { list, standing } of lists) {
      const nodes = chained(profile, list(profile))
      const own = newIndex()
      for (const node of nodes) enter(own, node)
      for (const start of nodes) {
        const way = wayBack(
          start,
          successorsIn([own, standing], other => other === profile || meets(other)),
        )
        if (way) return way
      }
    }
    return undefined
  }

  return {
    add(profile) {
      if (profile.namespace !== undefined) namespaces.add(profile.namespace)
      for (const { list, standing } of lists)
        for (const node of chained(profile, list(profile))) enter(standing, node)
    },
    cycleWith(profile) {
      const way = cycleAmong(profile, other => other.name !== profile.name && canMeet(profile, other))
      if (!way || namespacesOn(way).size <= 1) return way && named(way)
      // Only now is it worth the while to look at one namespace after the other.
      for (const one of namespaces) {
        const real = cycleAmong(
          profile,
          ({ name, namespace = one }) => name !== profile.name && namespace === one,
        )
        if (real) return named(real)
      }
      return undefined
    },
  }
}

/** The same of a profile and all others at once. */
export function orderCycle(
  profile: Profile,
  others: Profiles | readonly Profile[],
): readonly string[] | undefined {
  const graph = orderGraph()
  for (const other of 'all' in others ? others.all : others) graph.add(other)
  return graph.cycleWith(profile)
}

function canMeet(a: Profile, b: Profile): boolean {
  return a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace
}

function namespacesOn(way: readonly Node[]): ReadonlySet<string> {
  return new Set(way.flatMap(({ profile }) => profile?.namespace ?? []))
}

type List = (profile: Profile) => readonly { readonly name: string }[]

const initContainers: List = ({ lifecycle, containers, initContainers }) =>
  lifecycle === 'regular' ? initContainers : [...containers, ...initContainers]

const regularContainers: List = ({ lifecycle, containers }) => (lifecycle === 'regular' ? containers : [])

/** A container of a profile, or one of the two boundaries: behind all that is first, before all that is last. */
interface Node {
  readonly name: string
  readonly profile?: Profile
  readonly container?: string
  readonly next?: Node
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

interface Index {
  /** What a name in `order` stands for. */
  readonly bearers: Map<string, Node[]>
  /** What comes after a name. */
  readonly followers: Map<string, Node[]>
  readonly notFirst: Node[]
  readonly last: Node[]
}

function newIndex(): Index {
  return { bearers: new Map(), followers: new Map(), notFirst: [], last: [] }
}

function enter({ bearers, followers, notFirst, last }: Index, node: Node): void {
  for (const name of namesOf(node)) append(bearers, name, node)
  for (const name of new Set(node.profile?.order.after)) append(followers, name, node)
  if (!isFirst(node)) notFirst.push(node)
  if (isLast(node)) last.push(node)
}

function append(groups: Map<string, Node[]>, key: string, node: Node): void {
  const group = groups.get(key)
  if (group) group.push(node)
  else groups.set(key, [node])
}

function namesOf({ name, container = name }: Node): readonly string[] {
  return name === container ? [name] : [name, container]
}

function isFirst({ profile }: Node): boolean {
  return profile?.order.before.includes('first') ?? false
}

function isLast({ profile }: Node): boolean {
  return profile?.order.after.includes('last') ?? false
}

/**
 * What comes after a node. A group of nodes is given to the first two profiles that ask for it: the second gets
 * those, too, which are the first one's own. Otherwise many profiles naming many would take their product.
 */
function successorsIn(indexes: readonly Index[], meets: (profile: Profile) => boolean) {
  const first: Node = { name: 'first' }
  const last: Node = { name: 'last' }
  const given = new Map<readonly Node[], Profile | 'all'>()
  const others = (group: readonly Node[] = [], asking: Profile) => {
    const before = given.get(group)
    if (before === 'all' || before === asking) return []
    given.set(group, before === undefined ? asking : 'all')
    return group.filter(({ profile }) => profile && profile !== asking && meets(profile))
  }
  const inAll = (groupIn: (index: Index) => readonly Node[]) =>
    indexes.flatMap(groupIn).filter(({ profile }) => profile && meets(profile))

  return (node: Node): readonly Node[] => {
    const { profile, next } = node
    if (node === first) return inAll(({ notFirst }) => notFirst)
    if (node === last) return inAll(index => index.last)
    if (!profile) return []
    return [
      ...(next ? [next] : []),
      ...(isFirst(node) ? [first] : []),
      ...indexes.flatMap(({ bearers, followers }) => [
        ...profile.order.before.flatMap(name => others(bearers.get(name), profile)),
        ...namesOf(node).flatMap(name => others(followers.get(name), profile)),
      ]),
      ...(isLast(node) ? [] : [last]),
    ]
  }
}

/** The shortest way from a node to itself, without its end; breadth first. */
function wayBack(start: Node, successors: (node: Node) => readonly Node[]): readonly Node[] | undefined {
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
  for (let node: Node | undefined = end; node; node = from.get(node)) way.push(node)
  return way.reverse()
}

function named(way: readonly Node[]): readonly string[] {
  const names = way.map(({ name }) => name).filter((name, i, all) => i === 0 || name !== all[i - 1])
  if (names.length > 1 && names.at(-1) === names[0]) names.pop()
  const least = names.indexOf(names.toSorted()[0] ?? '')
  const rotated = [...names.slice(least), ...names.slice(0, least)]
  return [...rotated, ...rotated.slice(0, 1)]
}
