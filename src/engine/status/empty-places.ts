import { isObject, type Json } from '../../json/json.ts'
import { appRows, listRows, podRows } from '../../profile/places.ts'
import type { AppDraft } from '../plan/draft.ts'
import type { Metadata, Pod } from '../pod.ts'
import type { Status } from './status.ts'

/**
 * The places in a Pod that are there with nothing in them and get something, as JSON pointers with app containers by name.
 * `uninject` leaves these empty, and takes all others away with their last item.
 */
export function emptyPlaces(
  { metadata, spec }: Pod,
  additions: Readonly<Record<string, readonly unknown[] | undefined>>,
  app: readonly AppDraft[],
  earlier: Status | undefined,
): readonly string[] {
  const places: readonly (readonly [pointer: string, isAddedTo: boolean, standing: Json | undefined])[] = [
    // The status is always added.
    ['/metadata', true, metadata && withoutMadeName(metadata)],
    ...[...listRows, ...podRows].map(([field, place]) => {
      const isAddedTo = field === 'annotations' || (additions[field] ?? []).length > 0
      return [`/${place.in}/${field}`, isAddedTo, (place.in === 'spec' ? spec : metadata)?.[field]] as const
    }),
    ...app.flatMap(change =>
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

/** Whether a status may name the pointer. */
export function mayBeEmpty(pointer: string): boolean {
  return podPlaces.has(pointer) || appPlace.test(pointer)
}

const podPlaces = new Set([
  '/metadata',
  ...[...listRows.filter(([field]) => field !== 'containers'), ...podRows].flatMap(([field, place]) =>
    place.kind === 'list' || place.kind === 'map' ? [`/${place.in}/${field}`] : [],
  ),
])
const appPlace = new RegExp(`^/spec/containers/[^/]+/(${appRows.map(([list]) => list).join('|')})$`)

/** A map may have a hundred thousand members, which are told off to see that it has any. */
function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

/** A Pod template has no name; the one that its Pods get is not its author's. */
function withoutMadeName({ generateName: _, ...others }: Metadata): Metadata {
  return others
}
