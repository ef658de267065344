import { ownerOf, type Placed } from '../plan/draft.ts'
import type { Container, Pod } from '../pod.ts'
import { because } from '../reason.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import type { Refusal } from '../select/select.ts'
import type { Entry } from './order.ts'
import { order } from './order.ts'

/** A Pod, and all its containers by name with those that are new. */
export interface ToArrange {
  readonly pod: Pod
  readonly containers: ReadonlyMap<string, Placed<Container>>
  readonly refusals: Refusal[]
}

/**
 * One of the Pod's two lists of containers as it will be: what stands there, and what is new in its place.
 * An order that cannot be met becomes a refusal.
 */
export function arrange(
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
  if (added.length === 0) return standing
  const orders = new Map(injections.map(({ profile }) => [profile.name, profile.order]))
  const result = order(list === 'containers' ? [...standing, ...added] : inFront(standing, added), orders)
  if ('ordered' in result) return result.ordered
  const message = `${list} cannot be put in order: ${result.cycle}`
  refusals.push({ name: added[0]?.profile ?? '', outcome: 'denied', ...because('OrderCycle', message) })
  return standing
}

/** Both lists of a Pod's containers as they will be. */
export function arrangeAll(
  to: Pick<ToArrange, 'pod' | 'containers'>,
  injections: readonly RenderedProfile[],
) {
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
