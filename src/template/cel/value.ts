import type { Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'

/**
 * JSON as CEL sees it in the API server: integers are ints. It is a view of the Pod, not a copy. Each member that an
 * expression reads costs some units.
 */
export function view(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(Object.isFrozen(value) ? thawed(value) : value, asCel)
}

const asCel: ProxyHandler<object> = {
  get(target, key) {
    if (key === raw) return target
    // The library tells lists and maps apart by this; a member of that name must not hide it.
    if (key === 'constructor') return Array.isArray(target) ? Array : Object
    const value = Reflect.get(target, key)
    if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return value
    if (Array.isArray(target) && key === 'length') return value
    spend(unitsToRead(value))
    return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : view(value)
  },
  ownKeys(target) {
    const keys = Reflect.ownKeys(target)
    spend(unitsAKey * keys.length)
    return keys
  },
}

// Measured: listing the 87,000 keys of a view takes 80 ms, because each key is looked up in the view again.
const unitsAKey = 20

/** A list or an object gets a view of its own. */
function unitsToRead(value: unknown): number {
  return typeof value === 'string' ? 2 + (value.length >> 4) : typeof value === 'object' ? 6 : 2
}

const raw = Symbol('the value behind a view')

function behind(value: object): Json | undefined {
  return (value as { [raw]?: Json })[raw]
}

/** A copy, because a proxy must return the members of a frozen object unchanged. */
function thawed(value: object): object {
  return Array.isArray(value) ? [...value] : { ...value }
}

/**
 * The result of an expression as JSON, without copying what came from the Pod. `undefined` for an absent optional; throws
 * for a value that JSON does not have.
 */
export function toJson(value: unknown): Json | undefined {
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value)))
    throw new Error(`${value} is too large for a JSON number`)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not a JSON number`)
  if (typeof value !== 'object' || value === null) return value as Json
  const original = behind(value)
  if (original !== undefined) return counted(original)
  if (Array.isArray(value)) return value.map(item => toJson(item) ?? null)
  if (isOptional(value)) return value.hasValue() ? toJson(value.value()) : undefined
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]))
  throw new Error('the result is not a JSON value')
}

/** Charges for the size of a value: a list may hold it a thousand times. */
function counted(value: Json): Json {
  if (typeof value === 'string') spend(value.length >> 4)
  else if (typeof value === 'object' && value !== null) {
    const members: (Json | undefined)[] = Object.values(value)
    spend(members.length)
    for (const member of members) counted(member ?? null)
  }
  return value
}

/**
 * The weight of a value that an expression made. A list that holds another list twice counts it twice, as every walk over
 * it would: doubled a few dozen times, it takes little memory, but comparing it never ends.
 */
export function weight(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length >> 4
  if (typeof value !== 'object' || value === null) return 0
  const known = weights.get(value)
  if (known !== undefined) return known
  const total = heldIn(value)
  // Small values are counted again, because entries of a WeakMap cost the garbage collector more. An empty list may be
  // one that a comprehension still adds to.
  if (total >= 64) weights.set(value, total)
  return total
}

const weights = new WeakMap<object, number>()

function heldIn(value: object): number {
  if (behind(value) !== undefined) return 0
  let total = 0
  if (Array.isArray(value)) for (const item of value) total += 1 + weight(item)
  else if (isOptional(value)) total += value.hasValue() ? 1 + weight(value.value()) : 0
  // A map literal is an object; the parameters are a Map, which is not new.
  else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) total += 1 + (key.length >> 4) + weight(item)
  }
  // A timestamp, a duration, an unsigned integer or a type weighs as much as a few numbers.
  else total = 4
  return total
}

export interface Optional {
  hasValue(): boolean
  value(): unknown
}

export function isOptional(value: object): value is Optional {
  return 'hasValue' in value && typeof value.hasValue === 'function'
}

export function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}
