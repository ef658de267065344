import { fairShare } from '../../profile/accept/fair-share.ts'
import type { QuotaBytes } from './namespace-quotas.ts'

/** An object in memory. It loses its content when its namespace has too much. */
export interface Held<T> {
  object: T
}

export interface RoomOptions<T> {
  /** Maximum number of objects with content, for each namespace. Default: no limit. */
  readonly most?: number
  readonly bytes: QuotaBytes
  readonly sizeOf: (object: T) => number
  /** Whether the first of two objects loses its content before the second. */
  readonly dropsFirst: (a: T, b: T) => boolean
  /** Whether an object keeps its content whatever there is. Its size must be limited elsewhere. Default: none. */
  readonly mustStay?: (object: T) => boolean
  /** The object without its content. */
  readonly without: (object: T) => T
}

/**
 * Holds objects of namespaces (their keys begin with `NAMESPACE/`) with their content as far as there is room: each namespace
 * has its bytes and, if all together have too many, its fair share.
 */
export function room<T>(options: RoomOptions<T>) {
  const { most = Number.POSITIVE_INFINITY, bytes, sizeOf, dropsFirst, mustStay = () => false } = options
  const namespaces = new Map<string, Whole<T>>()
  const stripped = new Set<string>()
  let total = 0

  function drop(whole: Whole<T>, key: string): Held<T> | undefined {
    const held = whole.members.get(key)
    if (!held) return undefined
    const size = sizeOf(held.object)
    whole.bytes -= size
    total -= size
    whole.members.delete(key)
    return held
  }

  /** Returns whether there was an object to take the content from. */
  function stripOne(whole: Whole<T>): boolean {
    let first: readonly [key: string, held: Held<T>] | undefined
    for (const each of whole.members)
      if (!mustStay(each[1].object) && (!first || dropsFirst(each[1].object, first[1].object))) first = each
    if (!first) return false
    drop(whole, first[0])
    first[1].object = options.without(first[1].object)
    stripped.add(first[0])
    return true
  }

  function leave(key: string): void {
    const namespace = namespaceIn(key)
    const whole = namespaces.get(namespace)
    if (whole && drop(whole, key) && whole.members.size === 0) namespaces.delete(namespace)
  }

  function stripAll(): void {
    const sizes = [...namespaces.values()].map(whole => whole.bytes)
    const share = fairShare(sizes, bytes.ofAll)
    for (const [namespace, whole] of namespaces) {
      while (whole.bytes > share && stripOne(whole)) {}
      if (whole.members.size === 0) namespaces.delete(namespace)
    }
  }

  return {
    enter(key: string, object: T): Held<T> {
      leave(key)
      stripped.delete(key)
      const size = sizeOf(object)
      if (size > bytes.perNamespace) return { object: options.without(object) }
      const held = { object }
      const namespace = namespaceIn(key)
      const whole = namespaces.get(namespace) ?? { members: new Map(), bytes: 0 }
      namespaces.set(namespace, whole)
      whole.members.set(key, held)
      whole.bytes += size
      total += size
      const isTooMuch = () => whole.members.size > most || whole.bytes > bytes.perNamespace
      while (isTooMuch() && stripOne(whole)) {}
      if (total > bytes.ofAll * slack) stripAll()
      return held
    },
    leave,
    /** The keys of the objects that lost their content since the last call. */
    takeStripped(): readonly string[] {
      const keys = [...stripped]
      stripped.clear()
      return keys
    },
  }
}

// A check of all namespaces for each new object would take too long.
const slack = 9 / 8

interface Whole<T> {
  readonly members: Map<string, Held<T>>
  bytes: number
}

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
