import { isObject, type Json } from '../../json/json.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { InjectedNames } from '../decision.ts'
import type { Draft, Ledger, Placed } from '../plan/draft.ts'
import type { Planned } from '../plan/plan.ts'
import type { Metadata } from '../pod.ts'
import type { Status } from './status.ts'

/** The status of a Pod that gets what is planned. */
export function statusFor({ draft, injections, defaultContainer }: Planned): Status {
  const empty = emptyPlaces(draft)
  return {
    profiles: Object.fromEntries(
      injections.map(({ profile: { name, revision } }) => [
        name,
        injectedOf(revision, draft.ledgers.get(name)!),
      ]),
    ),
    ...(defaultContainer !== undefined && { defaultContainer: true }),
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
function emptyPlaces({ pod, earlier, ...draft }: Draft): readonly string[] {
  const { metadata } = pod
  const places: readonly (readonly [pointer: string, isAddedTo: boolean, standing: Json | undefined])[] = [
    // The status is always added.
    ['/metadata', true, metadata && withoutMadeName(metadata)],
    ['/metadata/annotations', true, metadata?.annotations],
    ['/spec/volumes', hasNew(draft.volumes), pod.spec?.volumes],
    ['/spec/initContainers', hasNew(draft.containers, 'initContainers'), pod.spec?.initContainers],
    ...podRows.map(
      ([field, place]) =>
        [`/${place.in}/${field}`, draft.additions[field] !== undefined, pod[place.in]?.[field]] as const,
    ),
    ...[...draft.app.values()].flatMap(change =>
      appRows.map(([list]) => {
        const { container } = change
        return [
          `/spec/containers/${container.name}/${list}`,
          change[list].length > 0,
          container[list],
        ] as const
      }),
    ),
  ]
  const empty = places.flatMap(([pointer, isAddedTo, standing]) =>
    isAddedTo && isEmpty(standing) ? [pointer] : [],
  )
  return [...new Set([...(earlier?.empty ?? []), ...empty])].sort()
}

function hasNew(placed: ReadonlyMap<string, Placed<unknown>>, within?: string): boolean {
  for (const { isNew, list } of placed.values()) if (isNew && list === within) return true
  return false
}

/** A map may have a hundred thousand members, which are told off to see that it has any. */
function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

/** A Pod template has no name; the one that its Pods get is not its author's. */
function withoutMadeName({ generateName: _, ...others }: Metadata): Metadata {
  return others
}
