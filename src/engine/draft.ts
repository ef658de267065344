import { isObject, type Json, type JsonObject } from '../profile/json.ts'
import type { AppInjection, Injection } from './injection.ts'
import type { Container, Named, Pod, VolumeMount } from './pod.ts'
import { because } from './reason.ts'
import type { Refusal } from './select.ts'
import { type Status, statusOf, strings } from './status.ts'

/** A plan while it is made: what stands in the Pod, what is to be added, and what cannot be. */
export interface Draft {
  readonly pod: Pod
  readonly earlier: Status | undefined
  readonly volumes: Map<string, Placed<Named>>
  readonly containers: Map<string, Placed<Container>>
  /** Who has a port of the network namespace that all containers share: `80/TCP` → `container "app"`. */
  readonly ports: Map<string, { readonly container: string; readonly owner: string }>
  readonly app: Map<string, AppDraft>
  /** Who gives what to the Pod as a whole, by field path. */
  readonly podFields: Map<string, Placed<Json>>
  readonly additions: PodAdditions
  readonly ledgers: Map<string, Ledger>
  readonly refusals: Refusal[]
  readonly warnings: string[]
  readonly empty: Set<string>
}

/** Something with a name in the Pod: its owner is `the Pod` or a profile. */
export interface Placed<T> {
  readonly value: T
  readonly owner: string
  readonly isNew: boolean
  readonly list?: 'initContainers' | 'containers'
}

export interface AppDraft extends AppInjection {
  readonly env: Named[]
  readonly envFrom: JsonObject[]
  readonly volumeMounts: VolumeMount[]
  readonly envOwners: Map<string, Placed<Named>>
  readonly mountOwners: Map<string, Placed<VolumeMount>>
}

/** What is to be added to the Pod as a whole. */
export interface PodAdditions {
  readonly labels: [string, Json][]
  readonly annotations: [string, Json][]
  readonly imagePullSecrets: Json[]
  readonly hostAliases: Json[]
  shareProcessNamespace?: Json
  dnsConfig?: Json
}

export const thePod = 'the Pod'

/** What one profile has in the Pod, for its status: a list of names at each path. */
export interface Ledger {
  isChanged: boolean
  readonly entries: { readonly path: readonly string[]; readonly name: string }[]
}

export function startDraft(pod: Pod, injections: readonly Injection[]): Draft {
  const { volumes, containers, initContainers } = pod.spec ?? {}
  const placed = (list: 'containers' | 'initContainers') => (container: Container) =>
    [container.name, { value: container, owner: thePod, isNew: false, list }] as const
  return {
    pod,
    earlier: statusOf(pod),
    volumes: new Map((volumes ?? []).map(value => [value.name, { value, owner: thePod, isNew: false }])),
    containers: new Map([
      ...(initContainers ?? []).map(placed('initContainers')),
      ...(containers ?? []).map(placed('containers')),
    ]),
    ports: new Map(),
    app: new Map(),
    podFields: new Map(),
    additions: { labels: [], annotations: [], imagePullSecrets: [], hostAliases: [] },
    ledgers: new Map(injections.map(({ profile }) => [profile.name, { isChanged: false, entries: [] }])),
    refusals: [],
    warnings: [],
    empty: new Set(),
  }
}

/**
 * Records that a profile has something in the Pod. What is there already counts only when the earlier
 * status claims it: the author's own that happens to be identical is not ours to take away.
 */
export function record(
  draft: Draft,
  { profile }: Injection,
  path: readonly string[],
  name: string,
  isNew: boolean,
): void {
  const ledger = draft.ledgers.get(profile.name)!
  if (isNew) ledger.isChanged = true
  if (isNew || claims(draft.earlier?.profiles[profile.name], path, name)) ledger.entries.push({ path, name })
}

function claims(injected: Json | undefined, path: readonly string[], name: string): boolean {
  const list = path.reduce<Json | undefined>(
    (value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    injected,
  )
  return list === true || strings(list).includes(name)
}

/**
 * A profile cannot have what it wants because somebody else has it. `deny` refuses the Pod; `keep`
 * leaves the profile's out, and says so.
 */
export function conflict(draft: Draft, { profile }: Injection, what: string): void {
  const message = `profile ${profile.name}: ${what}`
  if (profile.onConflict === 'keep')
    draft.warnings.push(`${message}; it stays, and the profile's is left out`)
  else
    draft.refusals.push({ name: profile.name, profile, outcome: 'denied', ...because('Conflict', message) })
}

/** The owner of something a profile adds, as a sentence names it. */
export function ownerOf({ profile }: Injection): string {
  return `profile ${profile.name}`
}

/** Notes that a list or map stands in the Pod with nothing in it, before something is added. */
export function noteEmpty(draft: Draft, pointer: string, value: Json | undefined): void {
  const isEmpty = Array.isArray(value)
    ? value.length === 0
    : isObject(value) && Object.keys(value).length === 0
  if (isEmpty) draft.empty.add(pointer)
}
