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
import { claimOf, piecesOf, type Status, withPieces } from '../status/status.ts'
import { isSameAt } from './same.ts'

/** The profiles that suit the author's Pod, and what they give to it. */
export interface ForOriginal extends Met {
  /** The Pod as its author wrote it. Expressions read this Pod. */
  readonly pod: Pod
  readonly injections: readonly RenderedProfile[]
  readonly unrenderable: readonly Refusal[]
  readonly planned: Planned
}

/**
 * Renders and plans the wanted profiles for the Pod as its author wrote it, without what an earlier call added. So the
 * result is the same if the API server calls again. Anybody can write a status, so its claims may be wrong. Pillion removes
 * what the status claims, plans the profiles for the rest, and confirms only claims that the profiles add again exactly as
 * they are in the Pod. It repeats this with the confirmed claims only, until the profiles add everything that was removed.
 * So an author gets with a status what the Pod would get without it, and no more.
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
  // The first app container stays the first, even if another webhook adds a container before it. An author may name any container.
  const main = defaultContainerOf(subject.pod)
  for (let rounds = 1; ; rounds++) {
    const pod = without(subject.pod, claimed)
    const met = meetRequirements(wanted, { ...subject, pod }, cluster, main)
    const { injections, refused: unrenderable } = renderProfiles(met.chosen, met.app)
    const claims = countOf(claimed)
    // If another webhook changed a claimed item since, the item is still in the author's Pod. Only the last plan recognises
    // it there, because it must not confirm other claims.
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

/** The status annotation is not part of the author's Pod. */
function without(pod: Pod, claimed: Status): Pod {
  const annotations = pod.metadata?.annotations
  return annotations && Object.hasOwn(annotations, annotation.status) ? withoutClaimed(pod, claimed) : pod
}

/** The Pod without what a status claims, and without its status annotation. Shares unchanged values with the Pod. */
export function withoutClaimed(pod: Pod, claimed: Status): Pod {
  return applied(pod, uninject(pod, claimed))
}

/**
 * The true claims of a status: the items that are in the Pod exactly as the profile adds them to the Pod without these items.
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
  const isDefault = due !== undefined && defaultContainerOf(pod) === due
  return {
    ...others,
    profiles: Object.fromEntries(profiles),
    ...(defaultContainer && isDefault && { defaultContainer }),
  }
}

/** Whether everything in the Pod with the name of a piece is what the profiles add there with that name. */
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

/** The highest number of the profiles for which the status claims that they raised it. */
function raisedTo(
  field: PodField,
  claimed: Status,
  injections: Planned['injections'],
): ReadonlyMap<string, Json> {
  const claiming = injections.filter(({ profile }) => claimOf(profile.name, claimed)?.[field] !== undefined)
  return new Map([[field, Math.max(...claiming.map(({ pod }) => Number(pod[field] ?? 0)))]])
}

/** The number of claims. */
function countOf({ profiles, defaultContainer }: Status): number {
  let count = defaultContainer ? 1 : 0
  for (const injected of Object.values(profiles)) for (const _ of piecesOf(injected)) count++
  return count
}
