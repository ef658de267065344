import { isObject, type Json } from '../../json/json.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { InjectedNames } from '../decision.ts'
import type { Draft, Ledger, Placed } from '../plan/draft.ts'
import type { Planned } from '../plan/plan.ts'
import type { Status } from './status.ts'

/** The status of a Pod that gets what is planned. */
export function statusFor({ draft, injections, defaultContainer }: Planned): Status {
  const empty = emptyPlaces(draft)
  // Another webhook may have put a container in front since. Then another one is due, and the one of the earlier call stays.
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
    const [field = '', container = '', list = ''] = group[0]?.path ?? []
    const names = group.map(({ name }) => name)
    if (field === 'app') app[container] = { ...app[container], [list]: names }
    else injected[field] = group[0]?.before ?? (hasOneValue.has(field) ? true : names)
  }
  return { ...injected, ...(Object.keys(app).length > 0 && { app }) } as InjectedNames
}

const hasOneValue: ReadonlySet<string> = new Set(
  podRows.flatMap(([field, { kind }]) => (kind === 'map' || kind === 'list' ? [] : [field])),
)

/**
 * The places in a Pod that are there with nothing in them and get something, as JSON pointers with app containers by name.
 * `uninject` leaves these empty, and takes all others away with their last item.
 */
function emptyPlaces({ pod, earlier, volumes, containers, additions, app }: Draft): readonly string[] {
  const { metadata, spec } = pod
  const empty = new Set(earlier?.empty)
  const look = (pointer: string, standing: Json | undefined) => {
    if (isEmpty(standing)) empty.add(pointer)
  }
  // The status is always added. A Pod template has no name; the one that its Pods get is not its author's.
  if (metadata && Object.keys(metadata).every(field => field === 'generateName')) empty.add('/metadata')
  look('/metadata/annotations', metadata?.annotations)
  if (hasNew(volumes)) look('/spec/volumes', spec?.volumes)
  if (hasNew(containers, 'initContainers')) look('/spec/initContainers', spec?.initContainers)
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

function hasNew(placed: ReadonlyMap<string, Placed<unknown>>, within?: string): boolean {
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
