import { type Draft, ownerOf } from '../plan/draft.ts'
import { because } from '../reason.ts'
import type { Injection } from '../render/injection.ts'
import type { Entry } from './order.ts'
import { order } from './order.ts'

/**
 * One of the Pod's two lists of containers with what is added to it, in order. An order that cannot be met becomes a
 * refusal of the draft.
 */
export function arrange(
  draft: Draft,
  injections: readonly Injection[],
  list: 'initContainers' | 'containers',
): readonly Entry[] {
  const own = draft.pod.spec?.[list] ?? []
  const ours = new Map(
    injections.flatMap(injection =>
      injection[list].flatMap(({ name }): [string, Entry][] => {
        const { profile } = injection
        const placed = draft.containers.get(name)
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
  draft.refusals.push({ name: added[0]?.profile ?? '', outcome: 'denied', ...because('OrderCycle', message) })
  return standing
}

/** Native sidecars, then injected init containers, then the other init containers of the Pod. */
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
