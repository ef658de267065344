import type { Entry } from './constraints.ts'
import { type Draft, ownerOf } from './draft.ts'
import type { Injection } from './injection.ts'
import { order } from './order.ts'
import { because } from './reason.ts'

/**
 * One of the Pod's two lists of containers as it will be: what stands there, and what is new in its place.
 * An order that cannot be met becomes a refusal of the draft.
 */
export function arrange(
  draft: Draft,
  injections: readonly Injection[],
  list: 'initContainers' | 'containers',
): readonly Entry[] {
  const own = draft.pod.spec?.[list] ?? []
  const ours = new Map(
    injections.flatMap(injection =>
      injection[list].flatMap(({ name }, declared): [string, Entry][] => {
        const placed = draft.containers.get(name)
        if (placed?.list !== list || placed.owner !== ownerOf(injection)) return []
        return [
          [name, { container: placed.value, profile: injection.profile.name, declared, isNew: placed.isNew }],
        ]
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

/** Native sidecars, then injected init containers, then whatever the Pod has that is neither. */
function inFront(standing: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const rank = ({ profile, container }: Entry) =>
    profile === undefined ? 2 : container.restartPolicy === 'Always' ? 0 : 1
  return added
    .toSorted((a, b) => rank(a) - rank(b))
    .reduce<Entry[]>(
      (entries, entry) => {
        const behind = entries.findIndex(other => rank(other) > rank(entry))
        return entries.toSpliced(behind < 0 ? entries.length : behind, 0, entry)
      },
      [...standing],
    )
}
