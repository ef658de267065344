import { jsonBytes } from '../../json/bytes.ts'
import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'

/**
 * Estimates the bytes of a JSON value in memory: its bytes as JSON, and `limits.valueBytes` more for each value in it,
 * because `[{},{}]` takes much more memory than a text of that length. Stops when the result exceeds `most`. Does not
 * recurse, so depth does not matter.
 */
export function heldBytes(value: Json | undefined, most: number): number {
  if (value === undefined) return 0
  let bytes = 0
  const rest: Json[] = [value]
  for (let at = rest.pop(); at !== undefined && bytes <= most; at = rest.pop()) {
    // One byte for a comma and two for brackets or quotes.
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

/** The size of the spec of a stored profile. Measured once for each object. */
export function storedBytes(object: JsonObject): number {
  const known = measured.get(object)
  if (known !== undefined) return known
  const bytes = safeBytes(object['spec'])
  measured.set(object, bytes)
  return bytes
}

/** Notes the size of an object that no longer has the spec by which it was measured. */
export function countAs(object: object, bytes: number): void {
  measured.set(object, bytes)
}

/** The size noted with `countAs`, or 0. */
export function countedBytes(object: object): number {
  return measured.get(object) ?? 0
}

const measured = new WeakMap<object, number>()

/** A spec that cannot be measured counts as 0. The compiler reports the bug. */
function safeBytes(value: Json | undefined): number {
  try {
    return heldBytes(value, limits.namespaceProfileBytes)
  } catch {
    return 0
  }
}
