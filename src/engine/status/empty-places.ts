import { isObject, type Json } from '../../json/json.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { Draft, Placed } from '../plan/draft.ts'
import type { Metadata } from '../pod.ts'

/**
 * The places in a Pod that are there with nothing in them and get something, as JSON pointers with app containers by name.
 * `uninject` leaves these empty, and takes all others away with their last item.
 */
export function emptyPlaces({ pod, earlier, ...draft }: Draft): readonly string[] {
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
