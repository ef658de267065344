import { spend } from '../../limits/budget.ts'
import { cycleIn, inOrder, type Ranked } from '../../order/sort.ts'
import { listNames } from '../../problems/nearest.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import type { Order, ProfileSpec } from '../schema/schema.ts'

/** What a container comes before, and after. */
export interface OrderOf {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Where a container of a profile belongs. */
export interface Placement {
  readonly order: OrderOf
  /** Its place among the containers of its profile. */
  readonly declared: number
}

/**
 * Where each container of a profile belongs, by its name. A container's own `before` and `after` take the place of
 * the profile's, field by field, as a container's `securityContext` does. Among themselves a profile's containers
 * keep the order they are declared in, sidecars first, but for what their own orders say.
 */
export function placementIn(spec: ProfileSpec): ReadonlyMap<string, Placement> {
  const sequence = inSequence(graphOf(spec))
  return new Map(sequence.map(({ name, order }, declared) => [name, { order, declared }]))
}

/** Orders of a profile and of its containers that can have no effect, or cannot be met. */
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

interface Declared {
  readonly name: string
  readonly list: 'containers' | 'initContainers'
  readonly path: Path
  readonly own: Order | undefined
  readonly order: OrderOf
}

/** Native sidecars are init containers, and come first. */
function containersOf({
  order = {},
  containers = [],
  initContainers = [],
}: ProfileSpec): readonly Declared[] {
  const listed = (list: Declared['list'], items: NonNullable<ProfileSpec['containers']>) =>
    items.map(({ name, order: own }, i): Declared => {
      const { before = [], after = [] } = { ...order, ...own }
      spend((before.length + after.length) * unitsAName)
      return { name, list, own, path: ['spec', list, i, 'order'], order: { before, after } }
    })
  return [...listed('containers', containers), ...listed('initContainers', initContainers)]
}

// Measured: to check a name and to put it into the graph take 0.5 µs, three times.
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
    if (name === self) {
      const message = `${JSON.stringify(name)} is this container itself: the constraint has no effect`
      return [{ path, message }]
    }
    if (name === profile) return [{ path, message: ownName(name, true) }]
    const other = own.get(name)
    if (!other || other.list === list || lifecycle !== 'regular') return []
    const [sidecar, init] = list === 'containers' ? [self, name] : [name, self]
    const isMet = (list === 'containers') !== isBefore
    const what = isMet ? 'has no effect' : 'cannot be met'
    return [
      {
        path,
        message: `${what}: under lifecycle: regular the init container ${JSON.stringify(init)} always ends before the sidecar ${JSON.stringify(sidecar)} starts`,
      },
    ]
  })
  return [...senseless(order, at), ...references]
}

function ownName(name: string, isProfile: boolean): string {
  return isProfile
    ? `${JSON.stringify(name)} is this profile itself: the constraint has no effect; name another profile or container`
    : `${JSON.stringify(name)} is a container of this profile, so that the constraint has no effect: give the container that it is about an order of its own`
}

function named({ before = [], after = [] }: Order = {}, path: Path) {
  const listed = (field: 'before' | 'after', names: readonly string[]) =>
    names.map((name, i) => ({ name, path: [...path, field, i], isBefore: field === 'before' }))
  return [...listed('before', before), ...listed('after', after)]
}

/** What is wrong with one order whatever there is. */
function senseless({ before = [], after = [] }: Order = {}, at: Path): Problem[] {
  const behind = new Set(after)
  const problems = before.flatMap((name, i): Problem[] => {
    const path = [...at, 'before', i]
    if (name === 'last')
      return [{ path, message: '"last" belongs under after: nothing comes before the last' }]
    if (behind.has(name)) return [{ path, message: `${JSON.stringify(name)} stands under after as well` }]
    return []
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

function cycleProblems(spec: ProfileSpec): Problem[] {
  const graph = graphOf(spec)
  if (inOrder(graph).length === graph.length) return []
  const cycle = cycleIn(graph)
  const names = [...cycle, ...cycle.slice(0, 1)].map(({ name }) => name)
  const path = cycle.find(({ container }) => container?.own)?.container?.path ?? ['spec', 'order']
  const around = names.length > 8 ? listNames(names) : names.join(' before ')
  return [{ path, message: `makes a cycle: ${around}` }]
}

interface Node extends Ranked<Node> {
  readonly name: string
  readonly container?: Declared
  readonly edges: { readonly to: Node }[]
}

/**
 * The containers, and what they name outside of the profile: what is before something comes before what is after it.
 * Without an order of a container's own there is nothing to move.
 */
function graphOf(spec: ProfileSpec): readonly Node[] {
  const all = containersOf(spec)
  const nodes = all.map((container, rank): Node => newNode(container.name, rank, container))
  if (all.every(({ own }) => own === undefined)) return nodes
  const byName = new Map(nodes.map(node => [node.name, node]))
  const others = new Map<string, Node>()
  const nodeOf = (name: string) => {
    const node = byName.get(name) ?? others.get(name) ?? newNode(name, -1)
    if (!byName.has(name)) others.set(name, node)
    return node
  }
  for (const node of nodes) {
    const { before, after } = node.container!.order
    for (const name of before) link(node, nodeOf(name))
    for (const name of after) link(nodeOf(name), node)
  }
  // Whatever is first comes before all that is not, and is no name of the profile's.
  const [first, last] = [others.get('first'), others.get('last')]
  for (const node of nodes) {
    const { before, after } = node.container!.order
    if (first && !before.includes('first')) link(first, node)
    if (last && !after.includes('last')) link(node, last)
  }
  return [...nodes, ...others.values()]
}

function inSequence(graph: readonly Node[]): readonly Declared[] {
  return inOrder(graph).flatMap(({ container }) => container ?? [])
}

function newNode(name: string, rank: number, container?: Declared): Node {
  return { name, rank, edges: [], waitsFor: 0, ...(container && { container }) }
}

function link(from: Node, to: Node): void {
  from.edges.push({ to })
  to.waitsFor++
}
