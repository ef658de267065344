import type { Json } from '../../json/json.ts'

/** Called before something is read, with how much it is; throws when that is too much. */
type Spend = (units: number) => void

/**
 * JSON as CEL sees it in the API server: integers are ints. A view, made as far as an expression looks,
 * so that nothing of the Pod is copied; each member that is read costs some units.
 */
export function viewing(spend: Spend): (value: unknown) => unknown {
  const view = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    return new Proxy(Object.isFrozen(value) ? thawed(value) : value, asCel)
  }
  const asCel: ProxyHandler<object> = {
    get(target, key) {
      if (key === raw) return target
      // The library tells a list from a map by this; a member of that name must not hide it.
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
  return view
}

// Measured: to list the keys of a view of 87,000 takes 80 ms, for each is asked of the view again.
const unitsAKey = 20

/** What holds others is looked at through a view of its own. */
function unitsToRead(value: unknown): number {
  return typeof value === 'string' ? 2 + (value.length >> 4) : typeof value === 'object' ? 6 : 2
}

const raw = Symbol('the value behind a view')

function behind(value: object): Json | undefined {
  return (value as { [raw]?: Json })[raw]
}

/** A proxy has to give a frozen member as it is. */
function thawed(value: object): object {
  return Array.isArray(value) ? [...value] : { ...value }
}

/**
 * The result of an expression as JSON: what came from the Pod is the Pod's own, uncopied. `undefined`
 * for an absent optional; throws for what JSON cannot hold.
 */
export function toJson(value: unknown, spend: Spend): Json | undefined {
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return finite(value)
  if (typeof value !== 'object' || value === null) return value as Json
  const original = behind(value)
  if (original !== undefined) return counted(original, spend)
  if (Array.isArray(value)) return value.map(item => toJson(item, spend) ?? null)
  if (isOptional(value)) return value.hasValue() ? toJson(value.value(), spend) : undefined
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member, spend)]))
  throw new Error('the result is no JSON value')
}

function integer(value: bigint): number {
  if (!Number.isSafeInteger(Number(value))) throw new Error(`${value} is too large for a JSON number`)
  return Number(value)
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error(`${value} is no JSON number`)
  return value
}

/** Gives the value when its size can be afforded: a list may hold it a thousand times. */
function counted(value: Json, spend: Spend): Json {
  if (typeof value === 'string') spend(value.length >> 4)
  else if (typeof value === 'object' && value !== null) {
    const members: (Json | undefined)[] = Object.values(value)
    spend(members.length)
    for (const member of members) counted(member ?? null, spend)
  }
  return value
}

/**
 * How much a value that an expression made holds. A list that holds another twice counts it twice, as
 * every walk over it would: doubled a few dozen times it is small to keep and endless to compare.
 */
export function weight(value: unknown): number {
  if (typeof value === 'string') return value.length >> 4
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Uint8Array) return value.length >> 4
  const known = weights.get(value)
  if (known !== undefined) return known
  const total = heldIn(value)
  // What is small is counted again: a WeakMap's entries cost the garbage collector more. An empty list may be one that
  // a comprehension will add to.
  if (total >= 64) weights.set(value, total)
  return total
}

const weights = new WeakMap<object, number>()

function heldIn(value: object): number {
  if (behind(value) !== undefined) return 0
  let total = 0
  if (Array.isArray(value)) for (const item of value) total += 1 + weight(item)
  else if (isOptional(value)) total += value.hasValue() ? 1 + weight(value.value()) : 0
  // A map that an expression wrote is an object; the parameters are a Map, which is not new.
  else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) total += 1 + (key.length >> 4) + weight(item)
  }
  // A moment, a duration, an unsigned integer, a type: as much as a few numbers.
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
