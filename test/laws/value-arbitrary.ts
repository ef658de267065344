import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import { podPlaces } from '../../src/profile/places.ts'
import { type PodField, podFields } from '../../src/profile/schema/schema.ts'

/** The first of two values in nine of ten cases. */
export function mostly<T>(usual: T, seldom: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(seldom) })
}

/** Values that a schema allows, from small pools. */
export function valueFor({
  type,
  enum: allowed,
  properties,
  required = [],
  items,
}: Schema): fc.Arbitrary<Json> {
  if (allowed) return fc.constantFrom(...(allowed as Json[]))
  switch ([type].flat()[0]) {
    case 'array':
      return fc.array(valueFor(items ?? {}), { maxLength: 2 })
    case 'object': {
      if (!properties) return fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'))
      const members = Object.entries(properties).map(([key, member]) => [key, valueFor(member)])
      return fc.record(Object.fromEntries(members), {
        requiredKeys: [...required],
      }) as fc.Arbitrary<JsonObject>
    }
    case 'integer':
    case 'number':
      return fc.constantFrom(1, 40)
    case 'boolean':
      return fc.boolean()
    default:
      return fc.constantFrom('a', 'b')
  }
}

/** A value for a field of the Pod as a whole, as it stands in a Pod: items with different names, where it has any. */
export function podFieldValue(field: PodField): fc.Arbitrary<Json> {
  const { written, rendered }: (typeof podFields)[PodField] & { readonly rendered?: Schema } =
    podFields[field]
  return valueFor(rendered ?? (written as unknown as Schema)).map(value => {
    const place = podPlaces[field]
    if (place.kind !== 'list') return value
    const named = new Map(
      (value as readonly JsonObject[]).filter(place.isItem).map(item => [place.nameOf(item), item]),
    )
    return [...named.values()]
  })
}
