import { limits } from '../../limits/limits.ts'
import { cycleThrough, membersOfCycles } from '../../order/cycles.ts'
import { enter, type Index, type Item, indexOf, isGroup, type Node, successorsIn } from '../../order/graph.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Profiles } from '../accept/profiles.ts'
import type { Profile } from '../profile.ts'

/** Profiles that are added one by one. */
export interface OrderGraph {
  add(profile: Profile): void
  /**
   * The names of the profiles that make a cycle with this one: `['a', 'b', 'a']` if a comes before b and b before a. They
   * begin with the least name. Undefined if there is no cycle.
   */
  cycleWith(profile: Profile): readonly string[] | undefined
}

/**
 * The order of all profiles that can meet in one Pod: those of the cluster, and those of one namespace. A cluster profile
 * is judged among the cluster profiles alone, because a namespace's profile gives way to it. As in a Pod, containers are
 * ordered and not whole profiles, each list of containers by itself; native sidecars are init containers. A container's
 * `when` counts as true. A profile with the name of the judged one is left out.
 *
 * `expected` are all profiles that may be added or judged. Most of them are in no cycle, even if all are there: these take
 * no time. Judging another one is linear in what can be reached. After `limits.orderSteps` in a namespace, each further
 * profile that is in a cycle if all are there counts as being in one.
 */
export function orderGraph(expected: readonly Profile[]): OrderGraph {
  const suspects = suspectsAmong(expected)
  const standing = newGround()
  const stepsIn = new Map<string, number>()
  return {
    add(profile) {
      for (const list of lists) standing.add(profile, list)
    },
    cycleWith(profile) {
      if (!suspects.has(profile)) return undefined
      const { namespace = '' } = profile
      let steps = stepsIn.get(namespace) ?? 0
      if (steps > limits.orderSteps)
        return [profile.name, `others (after ${limits.orderSteps} steps the search ended)`, profile.name]
      let found: readonly Node<ContainerItem>[] | undefined
      for (const list of lists) found ??= cycleOf(profile, list, standing, count => (steps += count))
      stepsIn.set(namespace, steps)
      return found && named(found)
    },
  }
}

/** The cycle of a profile with others, all at once. */
export function orderCycle(
  profile: Profile,
  others: Profiles | readonly Profile[],
): readonly string[] | undefined {
  const all = 'all' in others ? others.all : others
  const near = all.filter(({ namespace }) => namespace === undefined || namespace === profile.namespace)
  const graph = orderGraph([...near, profile])
  for (const other of near) graph.add(other)
  return graph.cycleWith(profile)
}

/** The profiles that make a cycle with those before them; cluster profiles come first. */
export function inCycles(profiles: readonly Profile[]): readonly (readonly [Profile, Problem])[] {
  const graph = orderGraph(profiles)
  const [own, cluster] = [true, false].map(is =>
    profiles.filter(each => (each.namespace !== undefined) === is),
  )
  return [...cluster!, ...own!].flatMap(profile => {
    const cycle = graph.cycleWith(profile)
    if (cycle) return [[profile, cycleProblem(cycle)]]
    graph.add(profile)
    return []
  })
}

/** The problem of a profile in a cycle. */
export function cycleProblem(cycle: readonly string[]): Problem {
  return { path: ['spec', 'order'], message: `makes a cycle with other profiles: ${cycle.join(' before ')}` }
}

type List = (profile: Profile) => readonly { readonly name: string }[]

const lists: readonly List[] = [
  ({ lifecycle, containers, initContainers }) =>
    lifecycle === 'regular' ? initContainers : [...containers, ...initContainers],
  ({ lifecycle, containers }) => (lifecycle === 'regular' ? containers : []),
]

interface ContainerItem extends Item<ContainerItem> {
  readonly profile: Profile
}

/** The containers in the order of the profile, which already has what they say about each other. */
function chained(profile: Profile, list: List): readonly ContainerItem[] {
  const containers = list(profile).map(({ name }) => ({ name, ...profile.placement.get(name) }))
  const ownNames = new Set([profile.name, ...containers.map(({ name }) => name)])
  const foreign = (names: readonly string[] = []) => new Set(names).difference(ownNames)
  const items: ContainerItem[] = []
  for (const { name, order } of containers.sort((a, b) => (b.declared ?? 0) - (a.declared ?? 0)))
    items.push({
      profile,
      names: new Set([profile.name, name]),
      before: foreign(order?.before),
      after: foreign(order?.after),
      next: items.slice(-1),
    })
  return items.reverse()
}

type Ground = ReturnType<typeof newGround>

/** The containers of the added profiles, by list and by namespace; those of the cluster have the namespace ''. */
function newGround() {
  const indexes = new Map<string, Index<ContainerItem>>()
  const indexFor = (list: List, namespace: string) => {
    const key = `${lists.indexOf(list)} ${namespace}`
    const index = indexes.get(key) ?? indexOf<ContainerItem>([])
    indexes.set(key, index)
    return index
  }
  return {
    add(profile: Profile, list: List) {
      const items = chained(profile, list)
      for (const item of items) enter(indexFor(list, profile.namespace ?? ''), item)
      return items
    },
    /** The cluster's, and those of the profile's namespace. */
    around: ({ namespace = '' }: Profile, list: List) =>
      [...new Set(['', namespace])].map(each => indexFor(list, each)),
  }
}

/** A shortest cycle through one of a profile's containers; undefined when none is in a cycle. */
function cycleOf(profile: Profile, list: List, standing: Ground, count: (steps: number) => void) {
  const items = chained(profile, list)
  const indexes = [indexOf(items), ...standing.around(profile, list)]
  const meets = (other: ContainerItem) => other.profile === profile || other.profile.name !== profile.name
  return cycleThrough<Node<ContainerItem>>(items, successorsIn(indexes, { meets, count }))
}

/**
 * The profiles that are in a cycle if all are there, also those of the same name. No other can be in a cycle, whichever
 * are left out.
 */
function suspectsAmong(profiles: readonly Profile[]): ReadonlySet<Profile> {
  const suspects = new Set<Profile>()
  const ground = newGround()
  const byNamespace = Map.groupBy(profiles, ({ namespace = '' }) => namespace)
  // Cluster profiles first: they are judged without the others, and are there in each namespace.
  for (const [, those] of [...byNamespace].sort(([a], [b]) => Number(a !== '') - Number(b !== ''))) {
    for (const list of lists) {
      const items = those.flatMap(profile => ground.add(profile, list))
      const successors = successorsIn(ground.around(those[0]!, list))
      for (const node of membersOfCycles<Node<ContainerItem>>(items, successors))
        if (!isGroup(node)) suspects.add(node.profile)
    }
  }
  return suspects
}

/** The names of the profiles in a cycle, from the least name back to it. */
function named(cycle: readonly Node<ContainerItem>[]): readonly string[] {
  const all = cycle.flatMap(node => {
    if (isGroup(node)) return node.group === 'end' ? node.name : []
    const { name, namespace } = node.profile
    return namespace === undefined ? name : `${namespace}/${name}`
  })
  const names = all.filter((name, i) => i === 0 || name !== all[i - 1])
  if (names.length > 1 && names.at(-1) === names[0]) names.pop()
  const least = names.indexOf(names.toSorted()[0] ?? '')
  const rotated = [...names.slice(least), ...names.slice(0, least)]
  return [...rotated, ...rotated.slice(0, 1)]
}
