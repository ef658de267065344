import { spend } from '../../limits/budget.ts'
import { cycleThrough } from '../../order/cycles.ts'
import { type Item, indexOf, isGroup, type Node, type Order, successorsIn } from '../../order/graph.ts'
import { inOrder } from '../../order/sort.ts'
import { ownerOf, type Placed } from '../plan/draft.ts'
import type { Container, Pod } from '../pod.ts'
import { because, type Refusal } from '../reason.ts'
import type { RenderedProfile } from '../render/render.ts'

/** A Pod, and all of its containers by name, with the new ones. */
interface ToArrange {
  readonly pod: Pod
  readonly containers: ReadonlyMap<string, Placed<Container>>
  readonly refusals: Refusal[]
}

/**
 * One of the two lists of containers as it will be: the containers of the Pod, and the new ones in their places. A cycle
 * in the order becomes a refusal.
 */
function arrange(
  { pod, containers, refusals }: ToArrange,
  injections: readonly RenderedProfile[],
  list: 'initContainers' | 'containers',
): readonly Entry[] {
  const own = pod.spec?.[list] ?? []
  const ours = new Map(
    injections.flatMap(injection =>
      injection[list].flatMap(({ name }): [string, Entry][] => {
        const { profile } = injection
        const placed = containers.get(name)
        if (placed?.list !== list || placed.owner !== ownerOf(injection)) return []
        const entry = { container: placed.value, profile: profile.name, isNew: placed.isNew }
        return [[name, { ...entry, ...profile.placement.get(name) }]]
      }),
    ),
  )
  const standing = own.map(container => ours.get(container.name) ?? { container, isNew: false })
  const added = [...ours.values()].filter(({ isNew }) => isNew)
  const result = order(list === 'containers' ? [...standing, ...added] : inFront(standing, added))
  if ('ordered' in result) return result.ordered
  const message = `${list} cannot be put in order: ${result.cycle}`
  // Only what is new has constraints, so a cycle contains something that is added.
  refusals.push({ name: added[0]!.profile!, outcome: 'denied', ...because('OrderCycle', message) })
  return standing
}

/** Both lists of a Pod's containers as they will be. */
export interface Ordered {
  readonly initContainers: readonly Entry[]
  readonly containers: readonly Entry[]
  readonly refusals: readonly Refusal[]
}

/** Puts the containers of both lists in order. */
export function arrangeAll(
  to: Pick<ToArrange, 'pod' | 'containers'>,
  injections: readonly RenderedProfile[],
): Ordered {
  const refusals: Refusal[] = []
  const initContainers = arrange({ ...to, refusals }, injections, 'initContainers')
  return { initContainers, containers: arrange({ ...to, refusals }, injections, 'containers'), refusals }
}

/** Native sidecars, then injected init containers, then whatever the Pod has that is neither. */
function inFront(standing: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const rank = ({ profile, container }: Entry) =>
    profile === undefined ? 2 : container.restartPolicy === 'Always' ? 0 : 1
  const behind = (of: number) => {
    const first = standing.findIndex(entry => rank(entry) > of)
    return first < 0 ? standing.length : first
  }
  const [sidecars, others] = [behind(0), behind(1)]
  return [
    ...standing.slice(0, sidecars),
    ...added.filter(entry => rank(entry) === 0),
    ...standing.slice(sidecars, others),
    ...added.filter(entry => rank(entry) === 1),
    ...standing.slice(others),
  ]
}

/** A container with its place among the others of `containers` or of `initContainers`. */
export interface Entry {
  readonly container: Container
  /** The profile that gives it; undefined for the Pod's own and for other injectors'. */
  readonly profile?: string
  /** Its place among the containers of its profile. */
  readonly declared?: number
  /** The constraints that its profile declares for it. */
  readonly order?: Order
  /** Not in the Pod yet. Only these can be placed: what is in the Pod stays where it is. */
  readonly isNew: boolean
}

/**
 * Puts containers in an order that keeps the order of the Pod's own containers, satisfies every `before` and `after`, and
 * is otherwise as near to the given order as possible: a container moves only if a constraint requires it. A constraint
 * names a profile, any container, `first` (in `before`) or `last` (in `after`). A name that is not in this Pod has no
 * effect. Refuses a cycle, and lists its steps.
 */
export function order(
  entries: readonly Entry[],
): { readonly ordered: readonly Entry[] } | { readonly cycle: string } {
  const items = constrained(entries)
  if (items.every(isInPlace)) return { ordered: entries }
  const successors = successorsIn([indexOf(items)], { count: steps => spend(steps * unitsAStep) })
  const nodes: readonly Node<Ranked>[] = items
  const placed = inOrder(nodes, successors, node => (isGroup(node) ? -1 : node.rank))
  const ordered = placed.flatMap(node => (isGroup(node) ? [] : node.entry))
  if (ordered.length === entries.length) return { ordered }
  return { cycle: spelled(cycleThrough(nodes, successors) ?? []) }
}

/** Most Pods need no graph: without names in constraints, and with chains that follow the given order, that order is the result. */
function isInPlace({ before, after, next, rank }: Ranked): boolean {
  return before.size === 0 && after.size === 0 && next.every(item => item.rank > rank)
}

// An edge of some 200 bytes.
const unitsAStep = 40

interface Ranked extends Item<Ranked> {
  readonly entry: Entry
  readonly rank: number
  readonly next: Ranked[]
}

/**
 * The constraints: the order of the Pod, the order of the containers in a profile, and `before` and `after`. They apply only
 * to pairs with a new container, because only new containers can be placed. If the Pod already has a part of a profile, the
 * rest is placed beside that part, even if another webhook has moved it.
 */
function constrained(entries: readonly Entry[]): readonly Ranked[] {
  const byProfile = Map.groupBy(entries, ({ profile }) => profile)
  const ownNames = new Map(
    [...byProfile].map(([profile, own]) => [
      profile,
      // A profile that is partly in the Pod does not move. The order within the profile is the declared one.
      own.some(isStanding) ? undefined : new Set([profile, ...own.map(({ container }) => container.name)]),
    ]),
  )
  const items = entries.map((entry, rank): Ranked => {
    const { container, profile } = entry
    const own = ownNames.get(profile)
    const foreign = (names: readonly string[] = []) => new Set(own && names.filter(name => !own.has(name)))
    const names = new Set(profile === undefined ? [container.name] : [container.name, profile])
    return {
      entry,
      rank,
      names,
      before: foreign(entry.order?.before),
      after: foreign(entry.order?.after),
      next: [],
    }
  })
  chain(items.filter(({ entry }) => isStanding(entry)))
  for (const own of Map.groupBy(items, ({ entry }) => entry.profile).values()) chainDeclared(own)
  return items
}

function isStanding({ isNew }: Entry): boolean {
  return !isNew
}

function chain(items: readonly Ranked[]): void {
  for (const [i, item] of items.entries()) items[i - 1]?.next.push(item)
}

/** Places each new container after the one declared before it; those declared before the first existing one, before it. */
function chainDeclared(own: readonly Ranked[]): void {
  const declared = own.toSorted((a, b) => (a.entry.declared ?? 0) - (b.entry.declared ?? 0))
  const firstStanding = declared.findIndex(({ entry }) => isStanding(entry))
  for (const [i, item] of declared.entries())
    if (item.entry.isNew || i === firstStanding) declared[i - 1]?.next.push(item)
}

/** The cycle step by step, each with its reason. Nodes that only group containers by a name are omitted. */
function spelled(cycle: readonly Node<Ranked>[]): string {
  const steps: string[] = []
  let from = cycle[0]!
  let reason = ''
  for (const [i, node] of [...cycle.slice(1), cycle[0]!].entries()) {
    reason ||= reasonOf(cycle[i]!, node)
    if (isGroup(node) && node.group !== 'end') continue
    steps.push(`${nameOf(from)} before ${nameOf(node)} (${reason})`)
    from = node
    reason = ''
  }
  return steps.join(', ')
}

/** Why one node is before the next. Only the first reason of a step counts, so that of leaving a group may be empty. */
function reasonOf(from: Node<Ranked>, to: Node<Ranked>): string {
  if (isGroup(from)) {
    if (from.name === 'first') return 'first is before all others'
    return isGroup(to) ? '' : `profile ${to.entry.profile}: after ${from.name}`
  }
  if (isGroup(to)) {
    if (to.group === 'after') return ''
    if (to.name === 'last') return 'all others are before last'
    return `profile ${from.entry.profile}: before ${to.name}`
  }
  const isOwn = isStanding(from.entry) && isStanding(to.entry)
  return isOwn ? "the Pod's own order" : `the order within profile ${to.entry.profile}`
}

function nameOf(node: Node<Ranked>): string {
  return isGroup(node) ? node.name : JSON.stringify(node.entry.container.name)
}
