import { jsonBytes } from '../../json/bytes.ts'
import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'

/**
 * What JSON holds in memory, about: its bytes as JSON, and `valueBytes` more for each value, because `[{},{}]` takes
 * much more memory than text of that length. More than `most` if it is more anyway, and then it is not read further.
 * Takes no stack.
 */
export function heldBytes(value: Json | undefined, most: number): number {
  if (value === undefined) return 0
  let bytes = 0
  const rest: Json[] = [value]
  for (let at = rest.pop(); at !== undefined && bytes <= most; at = rest.pop()) {
    // A comma or a pair of brackets, or a comma and quotes.
    bytes += limits.valueBytes + 3
    if (typeof at === 'string') bytes += jsonBytes(at)
    else if (Array.isArray(at)) {
      if (at.length > most) return most + 1
      for (const item of at) rest.push(item)
    } else if (isObject(at))
      for (const [name, item = null] of Object.entries(at)) {
        bytes += jsonBytes(name) + 3
        rest.push(item)
      }
    else bytes += String(at).length
  }
  return bytes
}

/**
 * What a stored profile holds: its spec, or the last accepted one in its status if that is larger. That one serves on
 * and is held for it, whatever the spec is now. Measured once for each object.
 */
export function storedBytes(object: JsonObject): number {
  const known = measured.get(object)
  if (known !== undefined) return known
  const last = member(object['status'], 'lastAccepted')
  const bytes = Math.max(safeBytes(object['spec']), safeBytes(member(last, 'spec')))
  measured.set(object, bytes)
  return bytes
}

/** Notes what something counts as that no longer has what it was measured by. */
export function countAs(object: object, bytes: number): void {
  measured.set(object, bytes)
}

/** What was noted with `countAs`; nothing where nothing was. */
export function countedBytes(object: object): number {
  return measured.get(object) ?? 0
}

const measured = new WeakMap<object, number>()

/** What cannot be measured is found to be a bug, and reported, when it is compiled. */
function safeBytes(value: Json | undefined): number {
  try {
    return heldBytes(value, limits.namespaceProfileBytes)
  } catch {
    return 0
  }
}
