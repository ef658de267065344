import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { fairShare } from '../../profile/accept/fair-share.ts'
import { compareAge } from '../../profile/accept/namespace-quota.ts'
import { countAs, storedBytes } from '../../profile/accept/stored-size.ts'
import { type QuotaBytes, quotaBytes } from './namespace-quotas.ts'

/** A stored profile in memory; its object changes when there are too many of its namespace. */
export interface Held {
  object: JsonObject
}

/** The profiles of each namespace that are held whole: the oldest, for these may be used. */
export interface Crowd {
  enter(key: string, object: JsonObject): Held
  leave(key: string): void
  /** The keys of those that are no longer held whole, once. */
  takeStripped(): Iterable<string>
}

/**
 * Of a namespace with more profiles than `most`, or larger ones than it may have, only the oldest are held whole, and of
 * the others no spec: whoever may write profiles of one namespace could fill the memory of all with such as are never
 * used. Which are used is decided elsewhere, of fewer.
 */
export function crowd(most: number, bytes: QuotaBytes = quotaBytes): Crowd {
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

  /** Those in use fit into their share. */
  function stripAll(): void {
    const share = fairShare(
      [...namespaces.values()].map(whole => whole.bytes),
      bytes.ofAll,
    )
    for (const [namespace, whole] of namespaces) {
      while (whole.bytes > share) stripYoungest(whole)
      if (whole.members.size === 0) namespaces.delete(namespace)
    }
  }

  return {
    enter(key, object) {
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
    takeStripped() {
      const keys = [...stripped]
      stripped.clear()
      return keys
    },
  }
}

// To look at all namespaces with each profile would take long.
const slack = 9 / 8

interface Whole {
  readonly members: Map<string, Held>
  bytes: number
}

const partial = new WeakSet<JsonObject>()

/** Whether a stored profile is held without its spec: what it would do is not known. */
export function isPartial(object: JsonObject): boolean {
  return partial.has(object)
}

/** What is needed of a profile that is known already. */
export function neededMetadata(object: JsonObject): JsonObject {
  const { name, namespace, uid, generation, resourceVersion, creationTimestamp } = metadataOf(object)
  const needed = { name, namespace, uid, generation, resourceVersion, creationTimestamp }
  return Object.fromEntries(Object.entries(needed).filter(([, value]) => value !== undefined))
}

/** Nor with the one that was accepted last, which is not used either. It counts as it did. */
function withoutSpec(whole: JsonObject): JsonObject {
  const { spec: _, status, ...rest } = whole
  const object = {
    ...rest,
    metadata: neededMetadata(rest),
    ...(isObject(status) && { status: withoutLast(status) }),
  }
  partial.add(object)
  countAs(object, storedBytes(whole))
  return object
}

function withoutLast({ lastAccepted: _, ...status }: JsonObject): JsonObject {
  return status
}

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
