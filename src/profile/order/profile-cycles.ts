import { limits } from '../../limits/limits.ts'
import { membersOfCycles } from '../../order/cycles.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Profiles } from '../accept/profiles.ts'
import type { Profile } from '../profile.ts'

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
 * What comes before what, wherever it can meet in one Pod: the cluster's profiles, and those of one namespace. A
 * cluster profile is judged among the cluster's alone: as with names, a namespace's profile gives way to it. As in a
 * Pod, containers are put in order and not whole profiles, each list of containers by itself, of which native sidecars
 * are init containers; a container's `when` is taken to be true. A profile of the asked one's name gives way to it.
 *
 * `expected` are all that may be added or asked for. Of those, most are in no cycle whatever is added, which is known
 * for all of them at once, so that asking takes no time; otherwise it is linear in what can be reached. When asking has
 * taken `limits.orderSteps` in a namespace, whatever else is in a cycle with all that is expected is taken to be in one.
 */
export function orderGraph(expected?: readonly Profile[]): OrderGraph {
  const suspects = expected && suspectsAmong(expected)
  const standing = newGround()
  const stepsIn = new Map<string, number>()
  return {
    add(profile) {
      for (const list of lists) standing.add(profile, list)
    },
    cycleWith(profile) {
      if (suspects && !suspects.has(profile)) return undefined
      const { namespace = '' } = profile
      let steps = stepsIn.get(namespace) ?? 0
      if (suspects && steps > limits.orderSteps) return tooTangled(profile)
      let found: readonly Node[] | undefined
      for (const list of lists) found ??= cycleThrough(profile, list, standing, count => (steps += count))
      stepsIn.set(namespace, steps)
      return found && named(found)
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

/** The profiles that `order` puts in a circle with those before them, those of the cluster first. */
export function inCycles(profiles: readonly Profile[]): readonly (readonly [Profile, Problem])[] {
  const graph = orderGraph(profiles)
  const clusterFirst = profiles.toSorted(
    (a, b) => Number(a.namespace !== undefined) - Number(b.namespace !== undefined),
  )
  return clusterFirst.flatMap(profile => {
    const cycle = graph.cycleWith(profile)
    if (cycle) return [[profile, cycleProblem(cycle)]]
    graph.add(profile)
    return []
  })
}

/** What is said of a profile in a circle. */
export function cycleProblem(cycle: readonly string[]): Problem {
  return { path: ['spec', 'order'], message: `makes a cycle with other profiles: ${cycle.join(' before ')}` }
}

type List = (profile: Profile) => readonly { readonly name: string }[]

const lists: readonly List[] = [
  ({ lifecycle, containers, initContainers }) =>
    lifecycle === 'regular' ? initContainers : [...containers, ...initContainers],
  ({ lifecycle, containers }) => (lifecycle === 'regular' ? containers : []),
]

/**
 * A container of a profile; all that a name stands for, as what comes before it and after it see it; or one of the two
 * boundaries, behind all that is first and before all that is last.
 */
type Node = ContainerNode | { readonly group: 'before' | 'after' | 'boundary'; readonly name: string }

interface ContainerNode {
  readonly profile: Profile
  readonly names: ReadonlySet<string>
  readonly before: ReadonlySet<string>
  readonly after: ReadonlySet<string>
  readonly next?: ContainerNode
}

/** The containers in the order that the profile declares; what they name of the profile itself is in that order. */
function chained(profile: Profile, list: List): readonly ContainerNode[] {
  const containers = list(profile).map(({ name }) => ({ name, ...profile.placement.get(name) }))
  const ownNames = new Set([profile.name, ...containers.map(({ name }) => name)])
  const foreign = (names: readonly string[] = []) => new Set(names).difference(ownNames)
  const nodes: ContainerNode[] = []
  for (const { name, order } of containers.sort((a, b) => (b.declared ?? 0) - (a.declared ?? 0))) {
    const next = nodes.at(-1)
    nodes.push({
      profile,
      names: new Set([profile.name, name]),
      before: foreign(order?.before),
      after: foreign(order?.after),
      ...(next && { next }),
    })
  }
  return nodes.reverse()
}

interface Index {
  /** What a name in `order` stands for. */
  readonly bearers: Map<string, ContainerNode[]>
  /** What comes after a name. */
  readonly followers: Map<string, ContainerNode[]>
  readonly notFirst: ContainerNode[]
  readonly last: ContainerNode[]
}

function newIndex(): Index {
  return { bearers: new Map(), followers: new Map(), notFirst: [], last: [] }
}

function enter({ bearers, followers, notFirst, last }: Index, node: ContainerNode): void {
  for (const name of node.names) append(bearers, name, node)
  for (const name of node.after) if (name !== 'last') append(followers, name, node)
  if (!node.before.has('first')) notFirst.push(node)
  if (node.after.has('last')) last.push(node)
}

function append(groups: Map<string, ContainerNode[]>, key: string, node: ContainerNode): void {
  const group = groups.get(key)
  if (group) group.push(node)
  else groups.set(key, [node])
}

/** What is there, by list of containers and by namespace; the cluster's has the key ''. */
interface Ground {
  add(profile: Profile, list: List): readonly ContainerNode[]
  /** The cluster's, and those of the profile's namespace. */
  around(profile: Profile, list: List): readonly Index[]
}

function newGround(): Ground {
  const indexes = new Map(lists.map(list => [list, new Map<string, Index>()]))
  const indexOf = (list: List, namespace: string) => {
    const ofList = indexes.get(list)!
    const index = ofList.get(namespace) ?? newIndex()
    ofList.set(namespace, index)
    return index
  }
  return {
    add(profile, list) {
      const nodes = chained(profile, list)
      for (const node of nodes) enter(indexOf(list, profile.namespace ?? ''), node)
      return nodes
    },
    around: ({ namespace = '' }, list) => [...new Set(['', namespace])].map(each => indexOf(list, each)),
  }
}

/** What comes after a node, among what can meet. Each group is one node, so that names do not multiply. */
function successorsIn(
  indexes: readonly Index[],
  meets: (profile: Profile) => boolean,
  taken: (steps: number) => void = () => {},
) {
  const groups = new Map<string, Node>()
  const groupOf = (group: 'before' | 'after' | 'boundary', name: string) => {
    const key = `${group} ${name}`
    const known = groups.get(key) ?? { group, name }
    groups.set(key, known)
    return known
  }
  const all = (groupIn: (index: Index) => readonly ContainerNode[] | undefined) => {
    const nodes = indexes.flatMap(index => groupIn(index) ?? [])
    taken(nodes.length)
    return nodes.filter(({ profile }) => meets(profile))
  }

  return (node: Node): readonly Node[] => {
    if ('group' in node) {
      const { group, name } = node
      if (group === 'before') return all(({ bearers }) => bearers.get(name))
      if (group === 'after') return all(({ followers }) => followers.get(name))
      return all(index => (name === 'first' ? index.notFirst : index.last))
    }
    taken(node.before.size + node.names.size + 2)
    return [
      ...(node.next ? [node.next] : []),
      ...Array.from(node.before, name =>
        name === 'first' ? groupOf('boundary', 'first') : groupOf('before', name),
      ),
      ...Array.from(node.names, name => groupOf('after', name)),
      ...(node.after.has('last') ? [] : [groupOf('boundary', 'last')]),
    ]
  }
}

/** A shortest cycle through one of a profile's containers; undefined when none is in a cycle. */
function cycleThrough(
  profile: Profile,
  list: List,
  standing: Ground,
  taken: (steps: number) => void,
): readonly Node[] | undefined {
  const nodes = chained(profile, list)
  const own = newIndex()
  for (const node of nodes) enter(own, node)
  const meets = (other: Profile) => other === profile || other.name !== profile.name
  const successors = successorsIn([own, ...standing.around(profile, list)], meets, taken)
  const inCycles = membersOfCycles<Node>(nodes, successors)
  const start = nodes.find(node => inCycles.has(node))
  return start && wayBack(start, successors)
}

/**
 * The profiles that are in a cycle when all are there, those of a name and all namespaces included. Whatever is left
 * out then, the others are in none.
 */
function suspectsAmong(profiles: readonly Profile[]): ReadonlySet<Profile> {
  const suspects = new Set<Profile>()
  const ground = newGround()
  const byNamespace = Map.groupBy(profiles, ({ namespace = '' }) => namespace)
  // The cluster's first: they are judged without the others, and are in the way of each namespace's.
  for (const [, those] of [...byNamespace].sort(([a], [b]) => Number(a !== '') - Number(b !== ''))) {
    for (const list of lists) {
      const nodes = those.flatMap(profile => ground.add(profile, list))
      const successors = successorsIn(ground.around(those[0]!, list), () => true)
      for (const node of membersOfCycles<Node>(nodes, successors))
        if (!('group' in node)) suspects.add(node.profile)
    }
  }
  return suspects
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
  const all = way.flatMap(node =>
    'group' in node ? (node.group === 'boundary' ? node.name : []) : nameOf(node),
  )
  const names = all.filter((name, i) => i === 0 || name !== all[i - 1])
  if (names.length > 1 && names.at(-1) === names[0]) names.pop()
  const least = names.indexOf(names.toSorted()[0] ?? '')
  const rotated = [...names.slice(least), ...names.slice(0, least)]
  return [...rotated, ...rotated.slice(0, 1)]
}

/** What is said instead of a cycle that would take too long to find. */
function tooTangled(profile: Profile): readonly string[] {
  const { name } = profile
  return [name, `others (after ${limits.orderSteps} steps the search ended)`, name]
}

/** With the namespace of a SidecarProfile, so that a reader finds it. */
function nameOf({ profile: { name, namespace } }: ContainerNode): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
