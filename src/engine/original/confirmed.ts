import type { Json } from '../../json/json.ts'
import { itemsAt, podLists } from '../../profile/places.ts'
import type { AppField, PodField } from '../../profile/schema/schema.ts'
import { applied } from '../patch/apply.ts'
import { uninject } from '../patch/uninject.ts'
import { has } from '../plan/draft.ts'
import { isSameAt } from '../plan/match.ts'
import type { Planned } from '../plan/plan.ts'
import { annotation, type Container, type Pod } from '../pod.ts'
import { type Piece, piecesOf, placeAt, withPieces } from '../status/pieces.ts'
import type { Status } from '../status/status.ts'

/** The Pod without what a status claims, and without its status annotation. Shares all it can with the Pod. */
export function withoutClaimed(pod: Pod, claimed: Status): Pod {
  return applied(pod, uninject(pod, claimed))
}

/**
 * What of a status is true: of all that it claims for a profile, what is exactly as this profile gives it to the Pod
 * without it.
 */
export function confirmed(claimed: Status, pod: Pod, planned: Planned): Status {
  const isGiven = givenTo(pod, planned, claimed)
  const profiles = Object.entries(claimed.profiles).map(([profile, injected]) => [
    profile,
    withPieces(injected, piece => has(planned.draft, profile, piece) && isGiven(piece)),
  ])
  const { defaultContainer, ...others } = claimed
  const due = planned.defaultContainer
  const isDefault = due !== undefined && pod.metadata?.annotations?.[annotation.defaultContainer] === due
  return {
    ...others,
    profiles: Object.fromEntries(profiles),
    ...(defaultContainer && isDefault && { defaultContainer }),
  }
}

/** Whether all that stands in a Pod by the name of a piece is what the profiles give there by that name. */
function givenTo(pod: Pod, planned: Planned, claimed: Status): (piece: Piece) => boolean {
  const app = Map.groupBy<string, Container>(pod.spec?.containers ?? [], ({ name }) => name)
  const isHostNetwork = pod.spec?.['hostNetwork'] === true
  const look = (path: readonly string[]) => {
    const [field = '', container = '', list = ''] = path
    const place = placeAt(path)
    const values =
      field === 'app' ? (app.get(container) ?? []).map(one => one[list]) : [pod[place.in]?.[field]]
    const items = values.flatMap(value => itemsAt(field, place, value))
    return { standing: Map.groupBy(items, ([name]) => name), given: givenAt(path, planned, claimed) }
  }
  const known = new Map<string, ReturnType<typeof look>>()
  return ({ path, name }) => {
    const key = path.join('\n')
    const at = known.get(key) ?? look(path)
    known.set(key, at)
    const due = at.given.get(name)
    const standing = at.standing.get(name) ?? []
    return standing.every(([, item]) => due !== undefined && isSameAt(path, item, due, isHostNetwork))
  }
}

/** What the profiles give at a place, by name. */
function givenAt(
  path: readonly string[],
  { draft, injections }: Planned,
  claimed: Status,
): ReadonlyMap<string, Json> {
  const [field = '', container = '', list = ''] = path
  const place = placeAt(path)
  if (field === 'app') return new Map(itemsAt(list, place, draft.app.get(container)?.[list as AppField]))
  if (place.kind === 'raised') return raisedTo(field as PodField, claimed, injections)
  if (!Object.hasOwn(podLists, field)) return new Map(draft.additions[field as PodField])
  const placed = field === 'volumes' ? draft.volumes : draft.containers
  return new Map(
    [...placed].flatMap(([name, { isNew, value, list: where = 'volumes' }]) =>
      isNew && where === field ? [[name, value]] : [],
    ),
  )
}

/** The highest number that a profile wants that claims to have raised it. */
function raisedTo(
  field: PodField,
  { profiles }: Status,
  injections: Planned['injections'],
): ReadonlyMap<string, Json> {
  const wanted = injections.flatMap(({ profile: { name }, pod }) =>
    Object.hasOwn(profiles, name) && profiles[name]?.[field] !== undefined ? [Number(pod[field] ?? 0)] : [],
  )
  return new Map(wanted.length > 0 ? [[field, Math.max(...wanted)]] : [])
}

/** How many things are claimed. */
export function countOf({ profiles, defaultContainer }: Status): number {
  let count = defaultContainer ? 1 : 0
  for (const injected of Object.values(profiles)) for (const _ of piecesOf(injected)) count++
  return count
}
