import { type Json, type JsonObject, member } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { normalPath } from '../../profile/places.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { Container, Named, Pod, VolumeMount } from '../pod.ts'
import { because } from '../reason.ts'
import type { RenderedApp, RenderedProfile } from '../render/profiles.ts'
import { type Refusal, refusal } from '../select/select.ts'
import { type Piece, pieceKey } from '../status/pieces.ts'
import { claimOf, type Status, strings } from '../status/status.ts'
import { noPorts, type Ports } from './ports.ts'

/** A plan while it is made: what stands in the Pod, what is to be added, and what cannot be. */
export interface Draft {
  readonly pod: Pod
  readonly earlier: Status | undefined
  readonly volumes: Map<string, Placed<Named>>
  readonly containers: Map<string, Placed<Container>>
  readonly ports: Ports
  readonly app: Map<string, AppDraft>
  /** The names of all variables that profiles give to app containers. */
  readonly givenEnv: ReadonlySet<string>
  /** By app container, what is mounted where: by its author, and by the profiles placed so far. */
  readonly mounts: Map<string, Map<string, VolumeMount>>
  /** Of these, the ones that the profiles placed so far give. */
  readonly givenMounts: Set<VolumeMount>
  /** Who gives what to the Pod as a whole, by field path. */
  readonly podFields: Map<string, { readonly value: Json; readonly owner: string }>
  readonly additions: { -readonly [field in PodField]?: PodAdditions[field] }
  readonly ledgers: Map<string, Ledger>
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
  readonly list?: 'initContainers' | 'containers'
  /** Of what is new, or was given by an earlier call, as its profile gives it: two profiles share only what is equal. */
  readonly given?: T
}

export interface AppDraft extends RenderedApp {
  readonly env: Named[]
  readonly envFrom: JsonObject[]
  readonly volumeMounts: VolumeMount[]
  /** Of the container's own variables, of which there may be thousands, those that a profile would give it, by name. */
  readonly ownEnv: ReadonlyMap<string, Named>
  /** Who gives the variables that are added, by their names. */
  readonly envOwners: Map<string, { readonly value: Named; readonly owner: string }>
  readonly mountOwners: Map<string, Placed<VolumeMount>>
  /** By path, the volumes that the container has as block devices. */
  readonly devices: ReadonlyMap<string, string>
}

/** What is to be added to the Pod as a whole. */
export type PodAdditions = {
  readonly [field in PodField]?: readonly (readonly [name: string, value: Json])[]
}

export const thePod = 'the Pod'

/** What one profile has in the Pod, for its status: a list of names at each path. */
export interface Ledger {
  isChanged: boolean
  /** By path and name: two items of a profile may ask for the same. */
  readonly entries: Map<string, LedgerEntry>
}

interface LedgerEntry extends Piece {
  /** The author's Pod does not have it. */
  readonly isNew: boolean
  /** Of a number that is raised, what the Pod had; `true` where it had none. */
  readonly before?: number | true
}

/** A draft for a Pod whose author submitted these app containers. */
export function startDraft(
  pod: Pod,
  injections: readonly RenderedProfile[],
  app: readonly Container[],
  earlier: Status | undefined,
): Draft {
  const { volumes, containers, initContainers } = pod.spec ?? {}
  const placed = (list: 'containers' | 'initContainers') => (container: Container) =>
    [container.name, { value: container, owner: thePod, isNew: false, list }] as const
  return {
    pod,
    earlier,
    volumes: new Map((volumes ?? []).map(value => [value.name, { value, owner: thePod, isNew: false }])),
    containers: new Map([
      ...(initContainers ?? []).map(placed('initContainers')),
      ...(containers ?? []).map(placed('containers')),
    ]),
    ports: noPorts(),
    app: new Map(),
    givenEnv: new Set(
      injections.flatMap(injection => injection.app.flatMap(({ env }) => env.map(({ name }) => name))),
    ),
    mounts: new Map(app.map(({ name, volumeMounts }) => [name, mountsByPath(volumeMounts)])),
    givenMounts: new Set(),
    podFields: new Map(),
    additions: {},
    ledgers: new Map(
      injections.map(({ profile }) => [profile.name, { isChanged: false, entries: new Map() }]),
    ),
    refusals: [],
    leftOut: [],
    warnings: [],
  }
}

export function mountsByPath(mounts: readonly VolumeMount[] = []): Map<string, VolumeMount> {
  return new Map(mounts.map(mount => [normalPath(mount.mountPath), mount]))
}

/** The draft of what an app container gets, started with what it has. */
export function appDraft(draft: Draft, container: Container): AppDraft {
  const known = draft.app.get(container.name)
  if (known) return known
  const own = <T>(value: T) => ({ value, owner: thePod, isNew: false })
  const started: AppDraft = {
    container,
    env: [],
    envFrom: [],
    volumeMounts: [],
    ownEnv: new Map(
      (container.env ?? []).filter(({ name }) => draft.givenEnv.has(name)).map(one => [one.name, one]),
    ),
    envOwners: new Map(),
    mountOwners: new Map(
      (container.volumeMounts ?? []).map(mount => [normalPath(mount.mountPath), own(mount)]),
    ),
    devices: new Map(
      ((container['volumeDevices'] ?? []) as readonly JsonObject[]).map(({ devicePath, name }) => [
        normalPath(devicePath),
        String(name),
      ]),
    ),
  }
  draft.app.set(container.name, started)
  return started
}

/**
 * Records that a profile has something in the Pod. What is there already counts only when the earlier
 * status claims it: the author's own that happens to be identical is not ours to take away.
 */
export function record(
  draft: Draft,
  injection: RenderedProfile,
  path: readonly string[],
  name: string,
  isNew: boolean,
  before?: number | true,
): void {
  const ledger = draft.ledgers.get(injection.profile.name)!
  if (isNew) ledger.isChanged = true
  if (isNew || claims(draft, injection, path, name))
    ledger.entries.set(pieceKey({ path, name }), {
      path,
      name,
      isNew,
      ...(before !== undefined && { before }),
    })
}

/**
 * What stands in the Pod, taken for what a profile gives. What an earlier call gave compares with what other profiles
 * give as it did in that call, though another webhook has changed it since.
 */
export function taken<T extends Named>(
  draft: Draft,
  injection: RenderedProfile,
  path: readonly string[],
  standing: Placed<T>,
  given: T,
): Placed<T> {
  const isClaimed = claims(draft, injection, path, given.name)
  return { ...standing, owner: ownerOf(injection), ...(isClaimed && { given }) }
}

/** Whether a profile, by its name, has something in the Pod. */
export function has({ ledgers }: Draft, profile: string, piece: Piece): boolean {
  return ledgers.get(profile)?.entries.has(pieceKey(piece)) === true
}

/** Whether a profile adds something that is not there. */
export function isChanged({ ledgers }: Draft): boolean {
  for (const ledger of ledgers.values()) if (ledger.isChanged) return true
  return false
}

/** Whether the earlier status says that a profile put something there. */
export function claims(
  { earlier }: Draft,
  { profile }: RenderedProfile,
  path: readonly string[],
  name: string,
): boolean {
  const injected: Json | undefined = claimOf(profile.name, earlier)
  const list = path.reduce<Json | undefined>(member, injected)
  // A status may be forged, and long.
  if (Array.isArray(list)) spend(list.length / 4)
  return list === true || typeof list === 'number' || strings(list).includes(name)
}

/**
 * A profile cannot have a container, a volume or a mount because somebody else has it. What a profile gives works
 * together, so that `deny` refuses the Pod, and `keep` leaves the whole profile out.
 */
export function conflict(draft: Draft, { profile }: RenderedProfile, what: string): void {
  const why = because('Conflict', `profile ${profile.name}: ${what}`)
  if (profile.onConflict === 'keep') draft.leftOut.push(refusal(profile, 'skipped', why))
  else draft.refusals.push(refusal(profile, 'denied', why))
}

/**
 * The same for something that stands by itself: an environment variable, a label, an annotation, a setting of the
 * Pod. `keep` leaves only that out, and a warning says so.
 */
export function itemConflict(draft: Draft, injection: RenderedProfile, what: string): void {
  const { name, onConflict } = injection.profile
  if (onConflict === 'deny') conflict(draft, injection, what)
  else draft.warnings.push(`profile ${name}: ${what}; it stays, and the value of profile ${name} is not used`)
}

/** The owner of something a profile adds, as a sentence names it. */
export function ownerOf({ profile }: RenderedProfile): string {
  return `profile ${profile.name}`
}
