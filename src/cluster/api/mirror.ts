import { type JsonObject, metadataOf } from '../../json/json.ts'
import { describeObjectProblem, type ObjectProblem } from './object-problem.ts'

/** The objects of one kind in memory, as lists and events tell of them. */
export interface Mirror<T> {
  get(key: string): T | undefined
  entries(): IterableIterator<readonly [key: string, value: T]>
  /** Whether all objects of a list were taken once. */
  isComplete(): boolean
  /** Begins a list; `take` each of its objects, then `finish` it. An unfinished one changes nothing. */
  list(): { take(object: JsonObject): void; finish(): void }
  put(object: JsonObject): void
  remove(object: JsonObject): void
}

export interface MirrorOptions<T> {
  /** What the objects are called in a report: `Namespace`. */
  readonly kind: string
  /** What is kept of an object. One for which this throws is not known here until it changes or is listed again. */
  readonly keep: (object: JsonObject) => T
  /** Whether what was kept is less than another list may bring, of the same version. */
  readonly isPartial?: ((value: T) => boolean) | undefined
  /** Gets the keys that differ. When it throws, it gets the same keys again. */
  readonly changed: (keys: ReadonlySet<string>) => void
  readonly troubled: (problem: ObjectProblem) => void
}

/**
 * What is known after any sequence of lists and events is what a fresh start would know. An object that cannot be
 * kept does not keep others from being known. Throws when `changed` does; the next list, or the next event, tells
 * what was not heard.
 */
export function mirror<T>({
  kind,
  keep,
  isPartial = () => false,
  changed,
  troubled,
}: MirrorOptions<T>): Mirror<T> {
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

  /** What is complete is so while its listener looks, and only stays so when that went well. */
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
    get: key => known.get(key)?.value,
    *entries() {
      for (const [key, { value }] of known) yield [key, value] as const
    },
    isComplete: () => isComplete,
    list() {
      const listed = new Map<string, Kept<T>>()
      return {
        take(object) {
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
    put: object => apply(object, key => keepIn(known, key, object)),
    remove: object => apply(object, key => known.delete(key)),
  }
}

/** `name`, or `namespace/name`; undefined where there is no name. */
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
