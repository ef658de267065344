import { canonical, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { InjectedNames, Subject } from '../decision.ts'
import { type Draft, type Ledger, ownerOf, type Placed, type PodAdditions, thePod } from '../plan/draft.ts'
import { looksLike } from '../plan/match.ts'
import type { Planned } from '../plan/plan.ts'
import { annotation, type Container, type Named, type Pod, pieceKey, placeAt, standingIn } from '../pod.ts'
import { because, limitExceeded, type Refusal, refusal } from '../reason.ts'
import type { RenderedApp, RenderedProfile } from '../render/render.ts'
import type { Status } from '../status/status.ts'

/** What to add to the Pod as it is. */
export interface Changes {
  readonly pod: Pod
  readonly volumes: readonly Named[]
  readonly app: readonly RenderedApp[]
  /** All containers of the Pod by name, with those that are new. */
  readonly containers: ReadonlyMap<string, Placed<Container>>
  /** Additions to the Pod as a whole. The status is among the annotations if it differs from the one in the Pod. */
  readonly additions: PodAdditions
  readonly status: Status
  /** The value of the annotation. */
  readonly statusText: string
  /** For a running Pod: what is in place of something that is planned. */
  readonly refused: readonly Refusal[]
  /** The profiles of which the Pod lacks something. */
  readonly changed: ReadonlySet<string>
}

/**
 * Compares the plan for the author's Pod with the Pod as it is. In the first call, the result is the whole plan; in a later
 * call, it is everything whose name is not in the Pod. If the name is in the Pod, the value is that of the plan: otherwise
 * it would be part of the author's Pod. The claims of a running Pod are not checked, so there the values are compared here.
 */
export function reconcile(
  planned: Planned,
  { pod, isLive = false }: Pick<Subject, 'pod' | 'isLive'>,
): Changes {
  const { draft, injections } = planned
  const isFirst = draft.pod === pod
  const standing = isFirst ? undefined : standingIn(pod)
  const due = new Set<string>()
  const isDue: IsDue = (path, name, wanted) => {
    if (!standing) return true
    const there = standing({ path, name })
    const isThere = there !== undefined && isAsPlanned(path, there, wanted, isLive)
    if (!isThere) due.add(pieceKey({ path, name }))
    return !isThere
  }
  const status = statusFor(planned)
  // The same text for the same status.
  const text = canonical(status)
  return {
    pod,
    volumes: [...draft.volumes.values()].flatMap(({ isNew, value }) =>
      isNew && isDue(['volumes'], value.name, value) ? [value] : [],
    ),
    app: [...draft.app.values()].map(change => (isFirst ? change : appChange(change, isDue))),
    containers: isFirst ? draft.containers : containersIn(pod, draft, isDue),
    additions: additionsTo(pod, planned, text, isDue),
    status,
    statusText: text,
    refused: isLive ? replaced(planned, pod) : [],
    changed: new Set(
      injections.flatMap(({ profile: { name } }) => {
        const ledger = draft.ledgers.get(name)!
        return (isFirst ? ledger.isChanged : hasNew(ledger, due)) ? [name] : []
      }),
    ),
  }
}

/** Whether the Pod lacks a planned item. Called once for each item. */
type IsDue = (path: readonly string[], name: string, wanted: Json) => boolean

function isAsPlanned(path: readonly string[], there: Json, wanted: Json, isLive: boolean): boolean {
  if (placeAt(path).kind === 'raised') return Number(there) >= Number(wanted)
  return !isLive || looksLike(path, there, wanted)
}

function hasNew({ entries }: Ledger, due: ReadonlySet<string>): boolean {
  for (const [key, { isNew }] of entries) if (isNew && due.has(key)) return true
  return false
}

function appChange({ container, ...lists }: RenderedApp, isDue: IsDue): RenderedApp {
  const left = appRows.map(([list, place]) => {
    const items: readonly JsonObject[] = lists[list]
    return [list, items.filter(item => isDue(['app', container.name, list], place.nameOf(item), item))]
  })
  return { container, ...Object.fromEntries(left) }
}

/** The containers that the Pod has, with their owners, and those that it lacks. */
function containersIn(
  { spec = {} }: Pod,
  draft: Draft,
  isDue: IsDue,
): ReadonlyMap<string, Placed<Container>> {
  const containers = new Map(draft.containers)
  for (const { isNew, list = 'containers', given } of draft.containers.values())
    if (isNew && given) isDue([list], given.name, given)
  for (const list of ['initContainers', 'containers'] as const) {
    for (const value of spec[list] ?? []) {
      const owner = containers.get(value.name)?.owner ?? thePod
      containers.set(value.name, { value, owner, isNew: false, list })
    }
  }
  return containers
}

/**
 * For a running Pod: what is in place of a planned item but differs from it. The Pod could not be created in this way.
 */
function replaced({ draft, injections }: Planned, { spec = {} }: Pod): readonly Refusal[] {
  const standing = (['initContainers', 'containers', 'volumes'] as const).flatMap(list =>
    (spec[list] ?? []).map((item: Named) => ({ list, item })),
  )
  return standing.flatMap(({ list, item }) => {
    const placed = (list === 'volumes' ? draft.volumes : draft.containers).get(item.name)
    if (!placed?.isNew) return []
    const isInPlace = (placed.list ?? 'volumes') === list
    if (isInPlace && looksLike([list], item, placed.given!)) return []
    // Only profiles add something.
    const { profile } = injections.find(injection => ownerOf(injection) === placed.owner)!
    const what = `${list === 'volumes' ? 'volume' : 'container'} "${item.name}"`
    const message = `profile ${profile.name}: ${what} is in use by ${thePod} for something else`
    return [refusal(profile, 'denied', because('Conflict', message))]
  })
}

function additionsTo(
  { metadata }: Pod,
  { draft, defaultContainer }: Planned,
  statusText: string,
  isDue: IsDue,
): PodAdditions {
  const left = podRows.flatMap(([field]) => {
    const items = (draft.additions[field] ?? []).filter(([name, value]) => isDue([field], name, value))
    return items.length > 0 ? [[field, items] as const] : []
  })
  const additions: PodAdditions = Object.fromEntries(left)
  const own = [
    [annotation.defaultContainer, defaultContainer],
    [annotation.status, statusText],
  ] as const
  const standing = metadata?.annotations ?? {}
  return {
    ...additions,
    annotations: [
      ...(additions.annotations ?? []),
      ...own.flatMap(([key, text]) =>
        text === undefined || standing[key] === text ? [] : [[key, text] as const],
      ),
    ],
  }
}

/** The status of the Pod after the plan is applied. */
function statusFor({ draft, injections, defaultContainer }: Planned): Status {
  const empty = emptyPlaces(draft)
  // Another webhook may have added a container before the others since. The default container of the earlier call then stays.
  const isOurDefault = defaultContainer !== undefined || draft.earlier?.defaultContainer === true
  return {
    profiles: Object.fromEntries(
      injections.map(({ profile: { name, revision } }) => [
        name,
        injectedOf(revision, draft.ledgers.get(name)!),
      ]),
    ),
    ...(isOurDefault && { defaultContainer: true }),
    ...(empty.length > 0 && { empty }),
  }
}

function injectedOf(revision: string, { entries }: Ledger): InjectedNames {
  const entriesAt = Map.groupBy(entries.values(), ({ path }) => path.join('\n'))
  const injected: { [member: string]: Json } = { revision }
  const app: { [container: string]: { [list: string]: string[] } } = {}
  for (const group of entriesAt.values()) {
    const { path, before } = group[0]!
    const [field = '', container = '', list = ''] = path
    const { kind } = placeAt(path)
    const names = group.map(({ name }) => name)
    if (field === 'app') app[container] = { ...app[container], [list]: names }
    else injected[field] = before ?? (kind === 'map' || kind === 'list' ? names : true)
  }
  return { ...injected, ...(Object.keys(app).length > 0 && { app }) } as InjectedNames
}

/**
 * The lists and maps in a Pod that are empty and get items, as JSON pointers with the names of app containers. `uninject`
 * leaves these lists and maps empty, and removes all others with their last item.
 */
function emptyPlaces({ pod, earlier, volumes, containers, additions, app }: Draft): readonly string[] {
  const { metadata, spec } = pod
  const empty = new Set(earlier?.empty)
  const look = (pointer: string, standing: Json | undefined) => {
    if (isEmpty(standing)) empty.add(pointer)
  }
  // The status is always added. A Pod template has no name; the name of its Pods is not from the author.
  if (metadata && Object.keys(metadata).every(field => field === 'generateName')) empty.add('/metadata')
  look('/metadata/annotations', metadata?.annotations)
  if (addsTo(volumes)) look('/spec/volumes', spec?.volumes)
  if (addsTo(containers, 'initContainers')) look('/spec/initContainers', spec?.initContainers)
  for (const [field, place] of podRows)
    if (additions[field]) look(`/${place.in}/${field}`, pod[place.in]?.[field])
  for (const change of app.values()) {
    const { container } = change
    for (const [list] of appRows)
      if (change[list].length > 0 && isEmpty(container[list]))
        empty.add(`/spec/containers/${container.name}/${list}`)
  }
  return [...empty].sort()
}

function addsTo(placed: ReadonlyMap<string, Placed<unknown>>, within?: string): boolean {
  for (const { isNew, list } of placed.values()) if (isNew && list === within) return true
  return false
}

function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (!isObject(value)) return false
  // A map may have a hundred thousand members.
  for (const _ in value) return false
  return true
}

/** There is one limit for all annotations of a Pod together, and the status is one of them. */
export function annotationExcess(
  { pod, additions, statusText }: Changes,
  injections: readonly RenderedProfile[],
): readonly Refusal[] {
  const added = additions.annotations ?? []
  if (statusText.length > limits.statusLength) return [longStatus(statusText)]
  if (added.length === 0) return []
  const own = Object.entries(pod.metadata?.annotations ?? {})
  if ((charactersOf(own) + charactersOf(added)) * mostBytesAUnit <= limits.podAnnotationBytes) return []
  const [before, more] = [bytesOf(own), bytesOf(added)]
  const after = before + more
  const max = limits.podAnnotationBytes
  if (before > max || after <= max) return []
  const names = injections.map(({ profile }) => profile.name).join(', ')
  const message = `the annotations of the Pod would have ${after} bytes; the limit is ${max}: its own have ${before}, and ${names} would add ${more}; make its own shorter`
  return [{ ...limitExceeded(message), name: injections[0]!.profile.name }]
}

/** A status that the next call could not read would have no effect. */
function longStatus({ length }: string): Refusal {
  const what = `the profiles add so much to this Pod that its annotation ${annotation.status} would have ${length} characters; the limit is ${limits.statusLength}; ask for fewer profiles, or for fewer containers in one Pod`
  return limitExceeded(what)
}

// UTF-8 has at most three bytes for one unit of UTF-16. For nearly all annotations this estimate is enough.
const mostBytesAUnit = 3

function charactersOf(annotations: readonly (readonly [string, Json])[]): number {
  let length = 0
  for (const [key, value] of annotations) length += key.length + String(value).length
  return length
}

/** As the API server counts: keys and values in UTF-8. */
function bytesOf(annotations: readonly (readonly [string, Json])[]): number {
  return annotations.reduce((sum, [key, value]) => sum + utf8Length(key) + utf8Length(String(value)), 0)
}

/** Without an encoder, which would copy each text: there may be a hundred thousand texts, and nearly all are ASCII. */
function utf8Length(text: string): number {
  return isAscii.test(text) ? text.length : encoder.encode(text).length
}

// One class, so that nothing backtracks.
const isAscii = /^[\0-\x7f]*$/

const encoder = new TextEncoder()
