import { spend } from '../../limits/budget.ts'
import { cycleThrough } from '../../order/cycles.ts'
import { type Item, indexOf, isGroup, type Node, type Order, successorsIn } from '../../order/graph.ts'
import { inOrder } from '../../order/sort.ts'
import { listNames } from '../../problems/nearest.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import type { ProfileSpec, Order as SpecOrder } from '../schema/schema.ts'

/** The place of a container of a profile. */
export interface Placement {
  readonly order: Order
  /** Its place among the containers of its profile. */
  readonly declared: number
}

/**
 * The place of each container of a profile, by its name. A container's own `before` and `after` replace the profile's,
 * field by field, as the container's `securityContext` replaces the Pod's. Otherwise the containers of a profile keep the
 * order in which they are declared, sidecars first.
 */
export function placementIn(spec: ProfileSpec): ReadonlyMap<string, Placement> {
  return new Map(
    inSequence(spec).map(({ name, before, after }, declared) => [
      name,
      { order: { before: [...before], after: [...after] }, declared },
    ]),
  )
}

/** Orders of a profile and its containers that have no effect or cannot be met. */
export function orderProblems(spec: ProfileSpec, profile: string): Problem[] {
  const all = containersOf(spec)
  const own = new Map(all.map(container => [container.name, container]))
  const problems = [
    ...senseless(spec.order, ['spec', 'order']),
    ...named(spec.order, ['spec', 'order']).flatMap(({ name, path }) =>
      name === profile || own.has(name) ? [{ path, message: ownName(name, name === profile) }] : [],
    ),
    ...all.flatMap(container => containerProblems(container, own, spec, profile)),
  ]
  return problems.length > 0 ? problems : cycleProblems(spec)
}

interface Declared extends Item<Declared> {
  readonly name: string
  readonly list: 'containers' | 'initContainers'
  readonly path: Path
  readonly own: SpecOrder | undefined
}

/** Native sidecars are init containers, and come first. */
function containersOf(spec: ProfileSpec): readonly Declared[] {
  const { order = {}, containers = [], initContainers = [] } = spec
  const listed = (list: Declared['list'], items: NonNullable<ProfileSpec['containers']>) =>
    items.map(({ name, order: own }, i): Declared => {
      const { before = [], after = [] } = { ...order, ...own }
      spend((before.length + after.length) * unitsAName)
      const path = ['spec', list, i, 'order']
      const names = new Set([name])
      return { name, list, own, path, names, before: new Set(before), after: new Set(after), next: [] }
    })
  return [...listed('containers', containers), ...listed('initContainers', initContainers)]
}

// Measured: checking a name and putting it into the graph take 0.5 µs, and happen three times.
const unitsAName = 4

function containerProblems(
  { name: self, list, path: at, own: order }: Declared,
  own: ReadonlyMap<string, Declared>,
  { lifecycle }: ProfileSpec,
  profile: string,
): Problem[] {
  const theirs = own.get(self)?.own
  if (JSON.stringify(theirs) !== JSON.stringify(order))
    return [{ path: at, message: `differs from that of the other container named ${JSON.stringify(self)}` }]
  if (!order) return []
  const references = named(order, at).flatMap(({ name, path, isBefore }): Problem[] => {
    if (name === self)
      return [
        { path, message: `${JSON.stringify(name)} is this container itself: the constraint has no effect` },
      ]
    if (name === profile) return [{ path, message: ownName(name, true) }]
    const other = own.get(name)
    if (!other || other.list === list || lifecycle !== 'regular') return []
    const [sidecar, init] = list === 'containers' ? [self, name] : [name, self]
    const what = (list === 'containers') !== isBefore ? 'has no effect' : 'cannot be met'
    const message = `${what}: under lifecycle: regular the init container ${JSON.stringify(init)} always ends before the sidecar ${JSON.stringify(sidecar)} starts`
    return [{ path, message }]
  })
  return [...senseless(order, at), ...references]
}

function ownName(name: string, isProfile: boolean): string {
  return isProfile
    ? `${JSON.stringify(name)} is this profile itself: the constraint has no effect; name another profile or container`
    : `${JSON.stringify(name)} is a container of this profile, so that the constraint has no effect: write it under order of the container that it is about`
}

function named({ before = [], after = [] }: SpecOrder = {}, path: Path) {
  const listed = (field: 'before' | 'after', names: readonly string[]) =>
    names.map((name, i) => ({ name, path: [...path, field, i], isBefore: field === 'before' }))
  return [...listed('before', before), ...listed('after', after)]
}

/** What is wrong with one order by itself. */
function senseless({ before = [], after = [] }: SpecOrder = {}, at: Path): Problem[] {
  const behind = new Set(after)
  const problems = before.flatMap((name, i): Problem[] => {
    const isLast = name === 'last'
    if (!isLast && !behind.has(name)) return []
    const message = isLast
      ? '"last" belongs under after: nothing comes before the last'
      : `${JSON.stringify(name)} is also listed under after`
    return [{ path: [...at, 'before', i], message }]
  })
  const first = after.indexOf('first')
  if (first >= 0 && !before.includes('first')) {
    problems.push({ path: [...at, 'after', first], message: '"first" belongs under before' })
  }
  if (before.includes('first') && behind.has('last')) {
    problems.push({ path: at, message: 'nothing is both first and last' })
  }
  return problems
}

/** Other names may be those of other profiles: what is before such a name comes before what is after it. */
const graphOf = (items: readonly Declared[]) => successorsIn([indexOf(items)], { isOpen: true })

function inSequence(spec: ProfileSpec): readonly Declared[] {
  const all = containersOf(spec)
  // Without own orders, nothing moves.
  if (all.every(({ own }) => own === undefined)) return all
  const ranks = new Map<Node<Declared>, number>(all.map((item, rank) => [item, rank]))
  const placed = inOrder<Node<Declared>>(all, graphOf(all), node => ranks.get(node) ?? -1)
  return placed.flatMap(node => (isGroup(node) ? [] : node))
}

function cycleProblems(spec: ProfileSpec): Problem[] {
  const all = containersOf(spec)
  if (inSequence(spec).length === all.length) return []
  const cycle = cycleThrough<Node<Declared>>(all, graphOf(all)) ?? []
  const bearers = new Set(all.map(({ name }) => name))
  const steps = cycle.filter(node => !isGroup(node) || (node.group !== 'after' && !bearers.has(node.name)))
  const names = [...steps, ...steps.slice(0, 1)].map(({ name }) => name)
  const path = all.find(item => item.own && cycle.includes(item))?.path ?? ['spec', 'order']
  const around = names.length > 8 ? listNames(names) : names.join(' before ')
  return [{ path, message: `makes a cycle: ${around}` }]
}
