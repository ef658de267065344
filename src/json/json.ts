/** JSON as it was parsed. Pods stay raw, so that fields which Pillion does not know are kept. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects in a list; empty when the value is not a list. */
export function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}

/** An own member of an object; undefined when it is missing or the value is not an object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** JSON text that is the same for equal values: object keys sorted, absent members left out. */
export function canonical(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text && ','}${canonical(item)}`
    return `[${text}]`
  }
  const object = value as JsonObject
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member !== undefined) text += `${text && ','}${JSON.stringify(key)}:${canonical(member)}`
  }
  return `{${text}}`
}

/**
 * JSON text that is also YAML of the same value: characters that YAML does not allow in a quoted text, or reads as a line
 * end, are escaped. https://yaml.org/spec/1.1/#id868524
 */
export function jsonText(value: Json): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The same JSON with the members of each object in the order of their names. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([key, member]) => [key, member && sorted(member)] as const)
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether two values are the same JSON, whatever the order of their keys. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key]))
  )
}

/** The metadata of an object; empty when it has none. */
export function metadataOf({ metadata }: JsonObject): JsonObject {
  return isObject(metadata) ? metadata : {}
}

/** The object at a path of members; empty if it does not exist. */
export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(member, object)
  return isObject(found) ? found : {}
}
