import type { Json } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Cluster, Subject } from '../decision.ts'
import { exceedLevel } from '../limits/pod-security.ts'
import { arrangeAll } from '../order/order.ts'
import { planForOriginal } from '../original/original-pod.ts'
import { ownerOf } from '../plan/draft.ts'
import type { Planned } from '../plan/plan.ts'
import { annotation, type Piece, pieceKey } from '../pod.ts'
import { limitExceeded, type Refusal } from '../reason.ts'
import { withinReview } from '../render/share.ts'
import { resolveAll } from '../resolve/resolve.ts'
import type { Status } from '../status/status.ts'

/** Everything that some revisions of profiles give to the author's Pod. */
export interface Rendering {
  /** By the key of the piece. */
  readonly given: ReadonlyMap<string, Given>
  /** The names of all containers in their order, by list. */
  readonly order: { readonly initContainers: readonly string[]; readonly containers: readonly string[] }
  /** What the Pod does not get, and why. */
  readonly refused: readonly Refusal[]
}

/** One thing that is given, with the profile that gives it; the default container is of none. */
export interface Given extends Piece {
  readonly value: Json
  readonly profile?: string
}

/**
 * Renders revisions for the author's Pod: the Pod that runs without everything that its status names. It goes as in a
 * decision, but a profile that cannot be given does not stop the others.
 */
export function renderingOf(
  revisions: readonly Profile[],
  subject: Subject,
  profiles: Profiles,
  cluster: Cluster,
  status: Status | undefined,
): Rendering {
  return withinReview(
    () => {
      const revised = revisions.map(profile => ({ profile, because: 'given' }) as const)
      const { wanted, refused } = resolveAll(revised, subject, profiles)
      const unresolved = new Set(refused.map(({ name }) => name))
      const suited = wanted.filter(({ profile }) => !unresolved.has(profile.name))
      const original = planForOriginal(suited, subject, cluster, status)
      const { injections, planned } = original
      const { draft, leftOut } = planned
      const { refusals, ...order } = arrangeAll(draft, planned.injections)
      return {
        given: new Map(givenIn(planned).map(given => [pieceKey(given), given])),
        order: {
          initContainers: order.initContainers.map(({ container }) => container.name),
          containers: order.containers.map(({ container }) => container.name),
        },
        refused: [
          ...refused,
          ...original.refused,
          ...original.unrenderable,
          ...exceedLevel(injections, subject),
          ...leftOut,
          ...draft.refusals,
          ...refusals,
        ],
      }
    },
    message => ({
      given: new Map(),
      order: { initContainers: [], containers: [] },
      refused: [limitExceeded(message)],
    }),
  )
}

/** Everything that a plan adds, by the tables of places. */
function givenIn({ draft, injections, defaultContainer }: Planned): readonly Given[] {
  const all: Given[] = []
  const givers = new Map(injections.map(injection => [ownerOf(injection), injection.profile.name]))
  const ledgers = [...draft.ledgers]
  const give = (path: readonly string[], name: string, value: Json) => {
    const key = pieceKey({ path, name })
    const profile = ledgers.find(([, { entries }]) => entries.has(key))?.[0]
    all.push({ path, name, value, ...(profile !== undefined && { profile }) })
  }
  const whole = [
    ...[...draft.volumes.values()].map(placed => ({ ...placed, list: 'volumes' })),
    ...draft.containers.values(),
  ]
  for (const { value, given = value, owner, isNew, list = 'containers' } of whole) {
    const profile = givers.get(owner)
    if (isNew && profile !== undefined) all.push({ path: [list], name: value.name, value: given, profile })
  }
  for (const [container, lists] of draft.app)
    for (const [list, place] of appRows)
      for (const item of lists[list]) give(['app', container, list], place.nameOf(item), item)
  for (const [field] of podRows)
    for (const [name, value] of draft.additions[field] ?? []) give([field], name, value)
  if (defaultContainer !== undefined) give(['annotations'], annotation.defaultContainer, defaultContainer)
  return all
}
