import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { fairShare } from '../../profile/accept/fair-share.ts'
import { compareAge } from '../../profile/accept/namespace-quota.ts'
import { countAs, storedBytes } from '../../profile/accept/stored-size.ts'
import { rolloutAnnotation } from '../../profile/rollout/marks.ts'
import { type QuotaBytes, quotaBytes } from './namespace-quotas.ts'

/** A stored profile in memory. Its object loses the spec when its namespace has too many profiles. */
export interface Held {
  object: JsonObject
}

/**
 * Keeps the specs of the oldest profiles of each namespace, up to `most` and its bytes, and drops the others: an author in
 * one namespace must not fill the memory with profiles that are never used. `namespaceQuotas` decides which are used.
 */
export function crowd(most: number, bytes: QuotaBytes = quotaBytes) {
  const namespaces = new Map<string, Whole>()
  const stripped = new Set<string>()
  let total = 0

  function drop(whole: Whole, key: string): Held | undefined {
    const held = whole.members.get(key)
    if (!held) return undefined
    const size = storedBytes(held.object)
    whole.bytes -= size
    total -= size
    whole.members.delete(key)
    return held
  }

  function stripYoungest(whole: Whole): void {
    const [youngest] = [...whole.members].reduce((a, b) => (compareAge(a[1].object, b[1].object) < 0 ? b : a))
    const held = drop(whole, youngest)!
    held.object = withoutSpec(held.object)
    stripped.add(youngest)
  }

  function leave(key: string): void {
    const namespace = namespaceIn(key)
    const whole = namespaces.get(namespace)
    if (whole && drop(whole, key) && whole.members.size === 0) namespaces.delete(namespace)
  }

  /** The profiles in use fit into the share, so they keep their spec. */
  function stripAll(): void {
    const sizes = [...namespaces.values()].map(whole => whole.bytes)
    const share = fairShare(sizes, bytes.ofAll)
    for (const [namespace, whole] of namespaces) {
      while (whole.bytes > share) stripYoungest(whole)
      if (whole.members.size === 0) namespaces.delete(namespace)
    }
  }

  return {
    enter(key: string, object: JsonObject): Held {
      leave(key)
      stripped.delete(key)
      const size = storedBytes(object)
      if (size > bytes.perNamespace) return { object: withoutSpec(object) }
      const held = { object }
      const namespace = namespaceIn(key)
      const whole = namespaces.get(namespace) ?? { members: new Map(), bytes: 0 }
      namespaces.set(namespace, whole)
      whole.members.set(key, held)
      whole.bytes += size
      total += size
      while (whole.members.size > most || whole.bytes > bytes.perNamespace) stripYoungest(whole)
      if (total > bytes.ofAll * slack) stripAll()
      return held
    },
    leave,
    /** The keys of the profiles that lost their spec since the last call. */
    takeStripped(): readonly string[] {
      const keys = [...stripped]
      stripped.clear()
      return keys
    },
  }
}

// A check of all namespaces for each new profile would take too long.
const slack = 9 / 8

interface Whole {
  readonly members: Map<string, Held>
  bytes: number
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

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
