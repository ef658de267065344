import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { compareAge } from '../../profile/accept/namespace-quota.ts'
import { countAs, storedBytes } from '../../profile/accept/stored-size.ts'
import { rolloutAnnotation } from '../../profile/rollout/marks.ts'
import { type QuotaBytes, quotaBytes } from './namespace-quotas.ts'
import { room } from './room.ts'

/**
 * Keeps the specs of the oldest profiles of each namespace, up to `most` and its bytes, and drops the others: an author in
 * one namespace must not fill the memory with profiles that are never used. `namespaceQuotas` decides which are used.
 */
export function crowd(most: number, bytes: QuotaBytes = quotaBytes) {
  return room<JsonObject>({
    most,
    bytes,
    sizeOf: storedBytes,
    // The profiles in use fit into the share, so they keep their spec.
    dropsFirst: (a, b) => compareAge(a, b) > 0,
    without: withoutSpec,
  })
}

const partial = new WeakSet<JsonObject>()

/** Whether a stored profile is held without its spec. */
export function isPartial(object: JsonObject): boolean {
  return partial.has(object)
}

/** The metadata that Pillion needs. */
export function neededMetadata(object: JsonObject): JsonObject {
  const { name, namespace, uid, generation, resourceVersion, creationTimestamp } = metadataOf(object)
  const needed = { name, namespace, uid, generation, resourceVersion, creationTimestamp, ...marksIn(object) }
  return Object.fromEntries(Object.entries(needed).filter(([, value]) => value !== undefined))
}

/** The annotations that move a rollout, as far as a right one is long. */
function marksIn(object: JsonObject): { readonly annotations?: JsonObject } {
  const all = objectAt(metadataOf(object), 'annotations')
  const marks = Object.values(rolloutAnnotation).flatMap(key => {
    const text = all[key]
    return typeof text === 'string' ? [[key, shortened(text)] as const] : []
  })
  return marks.length > 0 ? { annotations: Object.fromEntries(marks) } : {}
}

/** A copy, because a part of a string keeps the whole string in memory. */
function shortened(text: string): string {
  return text.length > longestMark ? Buffer.from(text.slice(0, longestMark)).toString() : text
}

// The longest right value is a time with nanoseconds and an offset; the status quotes 40 characters of a wrong one.
const longestMark = 64

/** Without the spec, which is not used. It still counts with its whole size. */
function withoutSpec(whole: JsonObject): JsonObject {
  const { spec: _, ...rest } = whole
  const object = { ...rest, metadata: neededMetadata(rest) }
  partial.add(object)
  countAs(object, storedBytes(whole))
  return object
}
