import type { Json } from '../../json/json.ts'
import { containerLists, itemsOf } from '../../profile/places.ts'
import type { Container } from '../pod.ts'

/** A container whose lists have only items with a key. */
export function keyedContainer(container: Container): Container {
  let result = container
  for (const field in container) {
    const items = container[field]
    if (!Array.isArray(items) || !Object.hasOwn(containerLists, field)) continue
    const left = itemsOf(containerLists[field as keyof typeof containerLists], items)
    // Nearly all have all.
    if (left.length < items.length) result = { ...result, [field]: left as Json }
  }
  return result
}
