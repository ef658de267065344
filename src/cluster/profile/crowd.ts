import { type JsonObject, metadataOf } from '../../profile/json.ts'
import { compareAge } from '../../profile/quota.ts'

/** A stored profile in memory; its object changes when there are too many of its namespace. */
export interface Held {
  object: JsonObject
}

/** The profiles of each namespace that are held whole: the oldest, for these may be used. */
export interface Crowd {
  enter(key: string, object: JsonObject): Held
  leave(key: string): void
}

/**
 * Of a namespace with more profiles than `most` only the oldest are held whole, and of the others no spec: whoever may
 * write profiles of one namespace could fill the memory of all with such as are never used. Which are used is decided
 * elsewhere, of fewer.
 */
export function crowd(most: number): Crowd {
  const namespaces = new Map<string, Map<string, Held>>()
  return {
    enter(key, object) {
      const held = { object }
      const namespace = namespaceIn(key)
      const whole = namespaces.get(namespace) ?? new Map<string, Held>()
      namespaces.set(namespace, whole.set(key, held))
      if (whole.size > most) {
        const [youngest, { object }] = [...whole].reduce((a, b) =>
          compareAge(a[1].object, b[1].object) < 0 ? b : a,
        )
        const of = whole.get(youngest)!
        of.object = withoutSpec(object)
        whole.delete(youngest)
      }
      return held
    },
    leave(key) {
      const namespace = namespaceIn(key)
      const whole = namespaces.get(namespace)
      if (whole?.delete(key) && whole.size === 0) namespaces.delete(namespace)
    },
  }
}

const partial = new WeakSet<JsonObject>()

/** Whether a stored profile is held without its spec: what it would do is not known. */
export function isPartial(object: JsonObject): boolean {
  return partial.has(object)
}

function withoutSpec({ spec: _, ...rest }: JsonObject): JsonObject {
  const { name, namespace, uid, generation, resourceVersion, creationTimestamp } = metadataOf(rest)
  const object = {
    ...rest,
    metadata: { name, namespace, uid, generation, resourceVersion, creationTimestamp } as JsonObject,
  }
  partial.add(object)
  return object
}

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
