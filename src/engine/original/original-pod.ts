import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { itemsAt, podLists } from '../../profile/places.ts'
import type { AppField, PodField } from '../../profile/schema/schema.ts'
import type { Cluster, Subject } from '../decision.ts'
import { applied } from '../patch/apply.ts'
import { uninject } from '../patch/uninject.ts'
import { type Planned, plan } from '../plan/plan.ts'
import {
  annotation,
  type Container,
  defaultContainerOf,
  type Piece,
  type Pod,
  pieceKey,
  placeAt,
} from '../pod.ts'
import type { Refusal } from '../reason.ts'
import { type Met, meetRequirements, type RenderedProfile, renderProfiles } from '../render/render.ts'
import type { Wanted } from '../resolve/resolve.ts'
import { piecesOf, type Status, withPieces } from '../status/status.ts'
import { isSameAt } from './same.ts'

/** The profiles that suit the author's Pod, and what they give to it. */
interface ForOriginal extends Met {
  /** The Pod as its author wrote it, which expressions saw. */
  readonly pod: Pod
  readonly injections: readonly RenderedProfile[]
  readonly unrenderable: readonly Refusal[]
  readonly planned: Planned
}

/**
 * Renders and plans the wanted profiles for the Pod as its author wrote it: without what an earlier call added, so
 * that all gives the same when the API server calls again. Anybody can write a status, so what it claims is
 * an assumption. It is taken away, the profiles are planned for what is left, and only what they give back exactly
 * as it stands in the Pod was theirs. With the others the same is done again, until nothing that is taken away is
 * missing: then an author gets by a status what the Pod without it would get, and no more.
 */
export function planForOriginal(
  wanted: readonly Wanted[],
  subject: Subject,
  cluster: Cluster,
  status: Status | undefined,
): ForOriginal {
  let claimed = claimsOf(
    status,
    wanted.map(({ profile }) => profile.name),
  )
  const all = countOf(claimed)
  // "The first" app container stays the first when another webhook puts one in front of it. An author may name any.
  const main = defaultContainerOf(subject.pod)
  for (let rounds = 1; ; rounds++) {
    const pod = without(subject.pod, claimed)
    const met = meetRequirements(wanted, { ...subject, pod }, cluster, main)
    const { injections, refused: unrenderable } = renderProfiles(met.chosen, met.app)
    const claims = countOf(claimed)
    // Something that is claimed, and that another webhook changed since, is still in the author's Pod. Only the last plan
    // recognises it there: it must not confirm other claims.
    const planWith = (earlier: Status | undefined) => plan(pod, injections, met.app, earlier)
    const planned = planWith(claims === 0 ? status : undefined)
    const kept = claims === 0 || subject.isLive ? claimed : confirmed(claimed, subject.pod, planned)
    if (countOf(kept) === claims) {
      const isAll = claims === 0 || claims === all
      return { ...met, pod, injections, unrenderable, planned: isAll ? planned : planWith(status) }
    }
    claimed = rounds < limits.claimRounds ? kept : nothing
  }
}

const nothing: Status = { profiles: {} }

function claimsOf(status: Status | undefined, profiles: readonly string[]): Status {
  if (!status) return nothing
  const own = Object.entries(status.profiles).filter(([name]) => profiles.includes(name))
  return { ...status, profiles: Object.fromEntries(own) }
}

/** The status annotation does not count as the author's. */
function without(pod: Pod, claimed: Status): Pod {
  const annotations = pod.metadata?.annotations
  return annotations && Object.hasOwn(annotations, annotation.status) ? withoutClaimed(pod, claimed) : pod
}

/** The Pod without what a status claims, and without its status annotation. Shares all it can with the Pod. */
export function withoutClaimed(pod: Pod, claimed: Status): Pod {
  return applied(pod, uninject(pod, claimed))
}

/**
 * What of a status is true: of all that it claims for a profile, what is exactly as this profile gives it to the Pod
 * without it.
 */
function confirmed(claimed: Status, pod: Pod, planned: Planned): Status {
  const isGiven = givenTo(pod, planned, claimed)
  const profiles = Object.entries(claimed.profiles).map(([profile, injected]) => [
    profile,
    withPieces(
      injected,
      piece => planned.draft.ledgers.get(profile)?.entries.has(pieceKey(piece)) === true && isGiven(piece),
    ),
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
function countOf({ profiles, defaultContainer }: Status): number {
  let count = defaultContainer ? 1 : 0
  for (const injected of Object.values(profiles)) for (const _ of piecesOf(injected)) count++
  return count
}
