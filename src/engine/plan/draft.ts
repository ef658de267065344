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

/** A plan while it is made: what is in the Pod, what is to be added, and what cannot be. Only `record` in `plan.ts` changes it. */
export interface Draft {
  readonly pod: Pod
  readonly earlier: Status | undefined
  /** By profile, the keys of the pieces that the earlier status claims. */
  readonly claimed: ReadonlyMap<string, ReadonlySet<string>>
  /** Finds pieces of the author's Pod. */
  readonly standing: (piece: Piece) => Json | undefined
  readonly volumes: Map<string, Placed<Named>>
  readonly containers: Map<string, Placed<Container>>
  readonly ports: Ports
  /** How the API server mounts the token in each container. */
  readonly tokenMount: VolumeMount | undefined
  /** By app container, what it gets. */
  readonly app: ReadonlyMap<string, AppAdditions>
  /** By the key of a piece of an app container or of the Pod as a whole, what the profiles so far have there. */
  readonly given: Map<string, Placed<Json>>
  readonly additions: { [field in PodField]?: (readonly [name: string, value: Json])[] }
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly refusals: Refusal[]
  /** The profiles that a conflict leaves out as a whole, by `onConflict: keep`. */
  readonly leftOut: Refusal[]
  readonly warnings: string[]
}

/** Something with a name in the Pod: its owner is `the Pod` or a profile. */
export interface Placed<T> {
  readonly value: T
  readonly owner: string
  readonly isNew: boolean
  readonly list?: string
  /** Of what is new, or was given by an earlier call, as its profile gives it: two profiles share only what is equal. */
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

/** What one profile has in the Pod, for its status: a list of names at each path. */
export interface Ledger {
  /** The profile, as a sentence names it. */
  readonly owner: string
  isChanged: boolean
  /** By path and name: two items of a profile may ask for the same. */
  readonly entries: Map<string, LedgerEntry>
}

export interface LedgerEntry extends Piece {
  /** The author's Pod does not have it. */
  readonly isNew: boolean
  /** Of a number that is raised, what the Pod had; `true` where it had none. */
  readonly before?: number | true
}

/** One thing that a profile gives to the Pod. */
export interface Item extends Piece {
  /** Made once: `pieceKey` of it. */
  readonly key: string
  readonly value: Json
}

/** What becomes of something that a profile gives. */
export type Verdict =
  /** The Pod lacks it. `whole` is it with what each container gets; `before` the number that it raises, `true` for none. */
  | { readonly is: 'added'; readonly item: Item; readonly whole?: Json; readonly before?: number | true }
  /** The author's Pod has it, or what an earlier call made of it. */
  | { readonly is: 'there'; readonly item: Item; readonly standing: Placed<Json> }
  /** Another profile gives the same, or the Pod's own value stands: nothing is added. */
  | { readonly is: 'left'; readonly warning?: string }
  /** The profile cannot have it. What a profile gives works together: `deny` refuses the Pod, `keep` leaves the profile out. */
  | { readonly is: 'conflict'; readonly problems: readonly string[] }
  /** It stands by itself (a variable, a label, a setting of the Pod): `keep` leaves only this out, and a warning says so. */
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
