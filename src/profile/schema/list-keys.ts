import type { Schema } from '../../json/schema.ts'
import { appRows, listRows, podRows } from '../places.ts'

/** What identifies the items of a list, by the name of its field. */
const listKeys: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  [...listRows, ...appRows, ...podRows].map(([field, place]) => [
    field,
    'key' in place ? place.key : undefined,
  ]),
)

/** The keys by which server-side apply merges the list of a field, and which no two items share; empty if it is one value. */
export function keysOfList(schema: Schema, field: string): readonly string[] {
  const key = listKeys[field]
  const keys =
    (key === undefined ? undefined : [key]) ??
    (schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined) ??
    []
  // A key must be required or have a default. A default protocol of ports would change the revision of a profile.
  return keys.every(name => schema.items?.required?.includes(name)) ? keys : []
}
