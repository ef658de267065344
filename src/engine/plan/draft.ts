import type { Json, JsonObject } from '../../json/json.ts'
import type { AppField, PodField } from '../../profile/schema/schema.ts'
import type { Container, Named, Pod, VolumeMount } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import type { RenderedApp, RenderedProfile } from '../render/render.ts'
import { type Piece, pieceKey, placeAt, type Status, standingIn } from '../status/status.ts'
import { type Ports, portsOf, takePorts, tokenMountOf, withTokenMount } from './containers.ts'

/** A plan while it is made: what is in the Pod, what is to be added, and what cannot be. Only `record` changes it. */
export interface Draft {
  readonly pod: Pod
  readonly earlier: Status | undefined
  /** By profile, the keys of the pieces that the earlier status claims. */
  readonly claimed: Claimed
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

export type Claimed = ReadonlyMap<string, ReadonlySet<string>>

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

/** One thing that a profile gives to the Pod. */
export interface Item extends Piece {
  /** Made once: `pieceKey` of it. */
  readonly key: string
  readonly value: Json
}

/** What becomes of something that a profile gives. */
export type Verdict =
  /** The Pod lacks it. `before` is the number that it raises; `true` where there is none. */
  | { readonly is: 'added'; readonly item: Item; readonly before?: number | true }
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
  claimed: Claimed,
): Draft {
  const { volumes, containers, initContainers } = pod.spec ?? {}
  const placed = (list: string) => (container: Container) =>
    [container.name, { value: container, owner: thePod, isNew: false, list }] as const
  return {
    pod,
    earlier,
    claimed,
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
      injections.map(({ profile }) => [profile.name, { isChanged: false, entries: new Map() }]),
    ),
    refusals: [],
    leftOut: [],
    warnings: [],
  }
}

/** Enters a verdict on something that a profile gives: for the profiles after it, for the patch, and for the status. */
export function record(draft: Draft, injection: RenderedProfile, verdict: Verdict): void {
  const { name, onConflict } = injection.profile
  if (verdict.is === 'added') {
    add(draft, injection, verdict.item)
    const { before } = verdict
    note(draft, injection, verdict.item, { isNew: true, ...(before !== undefined && { before }) })
  } else if (verdict.is === 'there') {
    const { item, standing } = verdict
    // The author's own that happens to be identical is not ours to take away.
    const isOurs = isClaimed(draft, name, item.key)
    if (isOurs) note(draft, injection, item, { isNew: false })
    // What an earlier call gave compares with what other profiles give as it did in that call, though another webhook
    // has changed it since.
    const placed = isOurs ? { ...standing, owner: ownerOf(injection), given: item.value } : standing
    const [field = ''] = item.path
    if (isContainerList(field)) enterContainer(draft, injection, item, placed as Placed<Container>)
    else if (field === 'volumes') draft.volumes.set(item.name, placed as Placed<Named>)
    else draft.given.set(item.key, standing)
  } else if (verdict.is === 'conflict') {
    for (const problem of verdict.problems) refuse(draft, injection, problem)
  } else if (verdict.is === 'left') {
    if (verdict.warning !== undefined) draft.warnings.push(`profile ${name}: ${verdict.warning}`)
  } else if (onConflict === 'deny') refuse(draft, injection, verdict.problem)
  else draft.warnings.push(`profile ${name}: ${verdict.problem}; ${stays(name)}`)
}

function add(draft: Draft, injection: RenderedProfile, item: Item): void {
  const { path, name, value } = item
  const [field = '', container = '', list = ''] = path
  const placed = { value, given: value, owner: ownerOf(injection), isNew: true }
  if (field === 'volumes') draft.volumes.set(name, placed as Placed<Named>)
  else if (isContainerList(field)) {
    const given = value as Container
    enterContainer(draft, injection, item, {
      ...placed,
      value: withTokenMount(given, draft.tokenMount),
      given,
    })
  } else if (field === 'app') {
    draft.given.set(item.key, placed)
    const additions: Json[] | undefined = draft.app.get(container)?.[list as AppField]
    additions?.push(value)
  } else {
    draft.given.set(item.key, placed)
    const added = draft.additions[field as PodField] ?? []
    draft.additions[field as PodField] = added
    if (placeAt(path).kind !== 'raised') added.push([name, value])
    else if (Number(value) > Number(added[0]?.[1] ?? 0)) added[0] = [name, value]
  }
}

function enterContainer(
  { containers, ports }: Draft,
  injection: RenderedProfile,
  { path: [list = ''], name, value }: Item,
  placed: Placed<Container>,
): void {
  const owner = ownerOf(injection)
  containers.set(name, { ...placed, owner, list })
  takePorts(ports, owner, value as Container, list)
}

function note(
  { ledgers }: Draft,
  { profile }: RenderedProfile,
  { key, path, name }: Item,
  found: Pick<LedgerEntry, 'isNew' | 'before'>,
): void {
  const ledger = ledgers.get(profile.name)!
  if (found.isNew) ledger.isChanged = true
  ledger.entries.set(key, { path, name, ...found })
}

function refuse({ leftOut, refusals }: Draft, { profile }: RenderedProfile, problem: string): void {
  const why = because('Conflict', `profile ${profile.name}: ${problem}`)
  if (profile.onConflict === 'keep') leftOut.push(refusal(profile, 'skipped', why))
  else refusals.push(refusal(profile, 'denied', why))
}

/** What a profile finds at a place: what a profile before it has there, or what the Pod has. */
export function placedAt(draft: Draft, piece: Omit<Item, 'value'>): Placed<Json> | undefined {
  const { path, name, key } = piece
  const [field = ''] = path
  if (field === 'volumes') return draft.volumes.get(name)
  if (isContainerList(field)) return draft.containers.get(name)
  const given = draft.given.get(key)
  if (given) return given
  const value = draft.standing(piece)
  return value === undefined ? undefined : { value, owner: thePod, isNew: false }
}

/** Whether a profile has this in an app container or in the Pod as a whole. */
export function isGiven({ given }: Draft, key: string): boolean {
  return given.has(key)
}

export function isContainerList(field: string): boolean {
  return field === 'containers' || field === 'initContainers'
}

/** Whether the earlier status says that a profile put something there. */
export function isClaimed({ claimed }: Draft, profile: string, key: string): boolean {
  return claimed.get(profile)?.has(key) === true
}

/** Whether a profile, by its name, has something in the Pod. */
export function has({ ledgers }: Draft, profile: string, piece: Piece): boolean {
  return ledgers.get(profile)?.entries.has(pieceKey(piece)) === true
}

/** The owner of something a profile adds, as a sentence names it. */
export function ownerOf({ profile }: RenderedProfile): string {
  return `profile ${profile.name}`
}

/** What becomes of the Pod's own value, and of a profile's. */
export function stays(profile: string): string {
  return `it stays, and the value of profile ${profile} is not used`
}
