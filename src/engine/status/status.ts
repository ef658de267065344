import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { appRows, listRows, type Place, podRows } from '../../profile/places.ts'
import { isRevision } from '../../profile/revision.ts'
import type { InjectedNames } from '../decision.ts'
import { annotation, type Piece, type Pod, placeAt, standingIn } from '../pod.ts'

/**
 * The annotation `pillion.dev/status`: what was injected, by profile. A hint for people, `uninject` and
 * the sweep. What one claims that a Pod comes with is believed only of what a profile gives exactly so
 * (docs/decisions/0023-what-the-status-is-believed-of.md).
 */
export interface Status extends JsonObject {
  readonly profiles: { readonly [profile: string]: InjectedNames }
  /** Set when the annotation `kubectl.kubernetes.io/default-container` is ours. */
  readonly defaultContainer?: true
  /** JSON pointers, with app containers by name, of lists and maps that were there but empty. */
  readonly empty?: readonly string[]
}

/** The status a Pod carries, as far as it can be read. Anything else, or one that is too long, is no status. */
export function statusOf(pod: Pod): Status | undefined {
  const text = pod.metadata?.annotations?.[annotation.status]
  if (text === undefined || text.length > limits.statusLength) return undefined
  try {
    const status: unknown = JSON.parse(text)
    if (!isObject(status) || !isObject(status['profiles'])) return undefined
    const created = pod.metadata?.['creationTimestamp']
    const profiles = Object.entries(status['profiles']).flatMap(([name, claimed]) =>
      isObject(claimed) && typeof claimed['revision'] === 'string'
        ? [[name, injectedIn(claimed, claimed['revision'], created)] as const]
        : [],
    )
    const empty = strings(status['empty']).filter(mayBeEmpty)
    return {
      profiles: Object.fromEntries(profiles),
      ...(status['defaultContainer'] === true && { defaultContainer: true }),
      ...(empty.length > 0 && { empty }),
    }
  } catch {
    return undefined
  }
}

/** What a status claims for a profile, whatever its name. */
export function claimOf(name: string, status: Status | undefined): InjectedNames | undefined {
  return status && Object.hasOwn(status.profiles, name) ? status.profiles[name] : undefined
}

/** Whether a status may name the pointer. */
function mayBeEmpty(pointer: string): boolean {
  return emptyPodPlaces.has(pointer) || isAppList(pointer)
}

function isAppList(pointer: string): boolean {
  const [root, spec, containers, container, list, ...deeper] = pointer.split('/')
  const isInContainer = root === '' && spec === 'spec' && containers === 'containers' && container !== ''
  return isInContainer && deeper.length === 0 && appRows.some(([name]) => name === list)
}

const emptyPodPlaces = new Set([
  '/metadata',
  ...[...listRows.filter(([field]) => field !== 'containers'), ...podRows].flatMap(([field, place]) =>
    place.kind === 'list' || place.kind === 'map' ? [`/${place.in}/${field}`] : [],
  ),
])

const places = [...listRows, ...podRows]
const isNamed = ({ kind }: Place) => kind === 'map' || kind === 'list'
const lists = places.flatMap(([field, place]) => (isNamed(place) ? [field] : []))
const values = places.filter(([, place]) => !isNamed(place))
const appLists = appRows.map(([name]) => name)

function injectedIn(claimed: JsonObject, revision: string, created: Json | undefined): InjectedNames {
  const app = Object.entries(isObject(claimed['app']) ? claimed['app'] : {}).flatMap(
    ([container, changes]) => (isObject(changes) ? [[container, listsIn(changes, appLists)] as const] : []),
  )
  const named = listsIn(claimed, lists)
  return {
    revision,
    ...named,
    ...Object.fromEntries(
      values.flatMap(([field, { kind }]) => {
        const value = claimed[field]
        return value === true || (kind === 'raised' && isBefore(value)) ? [[field, value]] : []
      }),
    ),
    ...(app.length > 0 && { app: Object.fromEntries(app) }),
    ...updatedIn(claimed['updated'], [...(named.initContainers ?? []), ...(named.containers ?? [])], created),
  } as InjectedNames
}

/**
 * The last update in place. It is a hint for the rollout, and anybody can write one, so only this shape is read. One that is
 * older than the Pod was copied into its template, with the status of another Pod.
 */
function updatedIn(
  value: Json | undefined,
  containers: readonly string[],
  created: Json | undefined,
): Pick<InjectedNames, 'updated'> {
  const [from, at, named] = ['from', 'at', 'restarts'].map(name => member(value, name))
  if (typeof from !== 'string' || !isRevision(from)) return {}
  if (typeof at !== 'string' || !isTime.test(at)) return {}
  // To the second, as the API server writes it.
  if (typeof created === 'string' && at.slice(0, secondAt) < created.slice(0, secondAt)) return {}
  const restarts = [...new Set(strings(named)).intersection(new Set(containers))]
  return { updated: { from, at, ...(restarts.length > 0 && { restarts }) } }
}

const secondAt = '2026-01-02T03:04:05'.length

// RFC 3339, as `Date.toISOString` writes it, with or without the fraction.
const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** Of a number that was raised, what it was before: the API server takes a negative one, too. */
function isBefore(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function listsIn<L extends string>(claimed: JsonObject, names: readonly L[]) {
  const present = names.filter(name => Array.isArray(claimed[name]))
  return Object.fromEntries(present.map(name => [name, strings(claimed[name])])) as {
    readonly [list in L]?: readonly string[]
  }
}

export function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** All pieces that a status names for a profile. Where a place has one value, its piece has the name of the field. */
export function* piecesOf({
  revision: _,
  updated: __,
  app = {},
  ...places
}: InjectedNames): Generator<Piece> {
  yield* piecesIn(places, [])
  for (const [container, lists] of Object.entries(app)) yield* piecesIn(lists, ['app', container])
}

function* piecesIn(places: JsonObject, parent: readonly string[]): Generator<Piece> {
  for (const [field, names] of Object.entries(places)) {
    const path = [...parent, field]
    if (Array.isArray(names)) for (const name of names) yield { path, name: String(name) }
    else if (names !== undefined) yield { path, name: field }
  }
}

/** What a status names for a profile, with only the pieces that pass the test, and without its last update. */
export function withPieces(
  { revision, updated: _, app, ...places }: InjectedNames,
  isKept: (piece: Piece) => boolean,
): InjectedNames {
  const kept = (names: JsonObject, parent: readonly string[]): JsonObject => {
    const left: { [field: string]: Json | undefined } = {}
    for (const [field, value] of Object.entries(names)) {
      const path = [...parent, field]
      if (Array.isArray(value)) left[field] = value.filter(name => isKept({ path, name: String(name) }))
      else if (isKept({ path, name: field })) left[field] = value
    }
    return left
  }
  const inApp = Object.entries(app ?? {}).map(([name, lists]) => [name, kept(lists, ['app', name])])
  return {
    revision,
    ...kept(places, []),
    ...(app && { app: Object.fromEntries(inApp) }),
  }
}

/**
 * Whether all that a status claims a profile put into a Pod is still there, by name. Labels and annotations
 * do not count: anybody may change those of a Pod that runs.
 */
export function isStillInjected(claimed: InjectedNames, pod: Pod): boolean {
  const standing = standingIn(pod)
  return piecesOf(claimed).every(
    piece => placeAt(piece.path).in === 'metadata' || standing(piece) !== undefined,
  )
}
