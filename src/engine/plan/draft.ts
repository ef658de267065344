import type { Json, JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import {
  type Container,
  type Named,
  type Piece,
  type Pod,
  pieceKey,
  standingIn,
  type VolumeMount,
} from '../pod.ts'
import type { Refusal } from '../reason.ts'
import type { RenderedApp, RenderedProfile } from '../render/render.ts'
import { claimOf, piecesOf, type Status } from '../status/status.ts'
import { type Ports, portsOf, tokenMountOf } from './containers.ts'

/** An unfinished plan: what the Pod has, what to add, and what cannot be added. Only `record` in `plan.ts` changes it. */
export interface Draft {
  readonly pod: Pod
  readonly earlier: Status | undefined
  /** For each profile, the keys of the pieces that the earlier status claims. */
  readonly claimed: ReadonlyMap<string, ReadonlySet<string>>
  /** Finds pieces of the author's Pod. */
  readonly standing: (piece: Piece) => Json | undefined
  readonly volumes: Map<string, Placed<Named>>
  readonly containers: Map<string, Placed<Container>>
  readonly ports: Ports
  /** The mount of the token that the API server adds to each container. */
  readonly tokenMount: VolumeMount | undefined
  /** For each app container, what to add to it. */
  readonly app: ReadonlyMap<string, AppAdditions>
  /** What the profiles so far have in app containers and in the Pod as a whole, by the key of the piece. */
  readonly given: Map<string, Placed<Json>>
  readonly additions: { [field in PodField]?: (readonly [name: string, value: Json])[] }
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly refusals: Refusal[]
  /** The profiles with `onConflict: keep` that have a conflict: nothing of them is added. */
  readonly leftOut: Refusal[]
  readonly warnings: string[]
}

/** Something with a name in the Pod. Its owner is `the Pod` or a profile. */
export interface Placed<T> {
  readonly value: T
  readonly owner: string
  readonly isNew: boolean
  readonly list?: string
  /** The value in the profile, if it is new or if an earlier call added it. Two profiles can share it only if their values are equal. */
  readonly given?: T
}

interface AppAdditions extends RenderedApp {
  readonly env: Named[]
  readonly envFrom: JsonObject[]
  readonly volumeMounts: VolumeMount[]
}

/** What is to be added to the Pod as a whole. */
export type PodAdditions = {
  readonly [field in PodField]?: readonly (readonly [name: string, value: Json])[]
}

export const thePod = 'the Pod'

/** What one profile has in the Pod. The status lists it as names at each path. */
export interface Ledger {
  /** The profile, as a sentence names it. */
  readonly owner: string
  isChanged: boolean
  /** By path and name, because two items of a profile may be for the same place. */
  readonly entries: Map<string, LedgerEntry>
}

export interface LedgerEntry extends Piece {
  /** The author's Pod does not have it. */
  readonly isNew: boolean
  /** For a raised number: the number of the Pod, or `true` if it had none. */
  readonly before?: number | true
}

/** One thing that a profile gives to the Pod. */
export interface Item extends Piece {
  /** `pieceKey` of this item, computed once. */
  readonly key: string
  readonly value: Json
}

/** What becomes of something that a profile gives. */
export type Verdict =
  /** The Pod lacks it. `whole` is the value with the mount of the token; `before` is as in `LedgerEntry`. */
  | { readonly is: 'added'; readonly item: Item; readonly whole?: Json; readonly before?: number | true }
  /** The author's Pod has it, or an earlier call added it. */
  | { readonly is: 'there'; readonly item: Item; readonly standing: Placed<Json> }
  /** Nothing is added: another profile adds the same, or the Pod keeps its own value. */
  | { readonly is: 'left'; readonly warning?: string }
  /** It cannot be added, and the profile does not work without it: `deny` denies the Pod, `keep` skips the profile. */
  | { readonly is: 'conflict'; readonly problems: readonly string[] }
  /** Another webhook broke what an earlier call added: the Pod is denied, whatever `onConflict` says. */
  | { readonly is: 'broken'; readonly problem: string }
  /** It cannot be added, but the profile works without it (an env var, a label, a field of the Pod): `deny` denies the Pod, `keep` omits only this item, with a warning. */
  | { readonly is: 'taken'; readonly problem: string }

/** A draft for a Pod whose author submitted these app containers. */
export function startDraft(
  pod: Pod,
  injections: readonly RenderedProfile[],
  app: readonly Container[],
  earlier: Status | undefined,
): Draft {
  const { volumes, containers, initContainers } = pod.spec ?? {}
  const placed = (list: string) => (container: Container) =>
    [container.name, { value: container, owner: thePod, isNew: false, list }] as const
  return {
    pod,
    earlier,
    claimed: claimedBy(injections, earlier),
    standing: standingIn(pod),
    volumes: new Map((volumes ?? []).map(value => [value.name, { value, owner: thePod, isNew: false }])),
    containers: new Map([
      ...(initContainers ?? []).map(placed('initContainers')),
      ...(containers ?? []).map(placed('containers')),
    ]),
    ports: portsOf(pod),
    tokenMount: tokenMountOf(pod),
    app: new Map(
      app.map(container => [container.name, { container, env: [], envFrom: [], volumeMounts: [] }]),
    ),
    given: new Map(),
    additions: {},
    ledgers: new Map(
      injections.map(injection => [
        injection.profile.name,
        { owner: ownerOf(injection), isChanged: false, entries: new Map() },
      ]),
    ),
    refusals: [],
    leftOut: [],
    warnings: [],
  }
}

/** What the earlier status claims for each profile. It may be forged, and long. */
function claimedBy(injections: readonly RenderedProfile[], earlier: Status | undefined): Draft['claimed'] {
  const claimed = injections.flatMap(({ profile: { name } }) => {
    const injected = claimOf(name, earlier)
    return injected ? [[name, new Set([...piecesOf(injected)].map(pieceKey))] as const] : []
  })
  for (const [, keys] of claimed) spend(keys.size * unitsOfClaim)
  return new Map(claimed)
}

const unitsOfClaim = 4

/** The owner of something a profile adds, as a sentence names it. */
export function ownerOf({ profile }: RenderedProfile): string {
  return `profile ${profile.name}`
}
