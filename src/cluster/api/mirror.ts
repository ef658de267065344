import { type JsonObject, metadataOf } from '../../json/json.ts'
import { describeObjectProblem, type ObjectProblem } from './object-problem.ts'

export interface MirrorOptions<T> {
  /** The kind in messages: `Namespace`. */
  readonly kind: string
  /** What is kept in memory of an object. An object for which this throws is left out. */
  readonly keep: (object: JsonObject) => T
  /** Whether another list may give more of this object, although its version is the same. */
  readonly isPartial?: (value: T) => boolean
  /** Called with the keys of the objects that differ. When it throws, it gets the same keys again. */
  readonly changed: (keys: ReadonlySet<string>) => void
  readonly troubled: (problem: ObjectProblem) => void
}

/**
 * The objects of one kind in memory. After any sequence of lists and events it holds what a fresh list would give. An
 * object that cannot be kept does not affect others. Throws when `changed` does; the next list or event repeats its keys.
 */
export function mirror<T>({ kind, keep, isPartial = () => false, changed, troubled }: MirrorOptions<T>) {
  let known = new Map<string, Kept<T>>()
  const untold = new Set<string>()
  let isComplete = false

  function keepIn(into: Map<string, Kept<T>>, key: string, object: JsonObject): void {
    const version = versionOf(object)
    const before = known.get(key)
    if (before && version !== '' && before.version === version && !isPartial(before.value)) {
      into.set(key, before)
      return
    }
    try {
      into.set(key, { version, value: keep(object) })
    } catch (error) {
      into.delete(key)
      troubled({ kind, key, error })
    }
  }

  /** `changed` sees the mirror as complete after a list, but the mirror stays so only if `changed` does not throw. */
  function tell(isAll: boolean): void {
    const keys = new Set(untold)
    const wasComplete = isComplete
    isComplete ||= isAll
    try {
      changed(keys)
    } catch (error) {
      isComplete = wasComplete
      const [key = ''] = keys
      troubled({ kind, key, error })
      throw new Error(describeObjectProblem({ kind, key, error }))
    }
    for (const key of keys) untold.delete(key)
  }

  function isOther(before: Kept<T> | undefined, now: Kept<T> | undefined): boolean {
    if (!before || !now || before.version !== now.version) return before !== now
    return isPartial(before.value) !== isPartial(now.value)
  }

  function apply(object: JsonObject, change: (key: string) => void): void {
    const key = keyOf(object)
    if (key === undefined) return
    change(key)
    untold.add(key)
    tell(false)
  }

  return {
    /** By `name`, or `namespace/name`. */
    get: (key: string): T | undefined => known.get(key)?.value,
    *entries(): IterableIterator<readonly [key: string, value: T]> {
      for (const [key, { value }] of known) yield [key, value]
    },
    /** Whether all objects were listed once and `changed` has handled them. */
    isComplete: () => isComplete,
    /** Starts a list: `take` each of its objects, then `finish` it. An unfinished list changes nothing. */
    list() {
      const listed = new Map<string, Kept<T>>()
      return {
        take(object: JsonObject) {
          const key = keyOf(object)
          if (key !== undefined) keepIn(listed, key, object)
        },
        finish() {
          for (const key of [...known.keys(), ...listed.keys()])
            if (isOther(known.get(key), listed.get(key))) untold.add(key)
          known = listed
          if (!isComplete || untold.size > 0) tell(true)
        },
      }
    },
    put: (object: JsonObject) => apply(object, key => keepIn(known, key, object)),
    remove: (object: JsonObject) => apply(object, key => known.delete(key)),
  }
}

/** `name`, or `namespace/name`; undefined without a name. */
export function keyOf(object: JsonObject): string | undefined {
  const { name, namespace } = metadataOf(object)
  if (typeof name !== 'string') return undefined
  return typeof namespace === 'string' ? `${namespace}/${name}` : name
}

export function versionOf(object: JsonObject): string {
  return String(metadataOf(object)['resourceVersion'] ?? '')
}

interface Kept<T> {
  readonly version: string
  readonly value: T
}
