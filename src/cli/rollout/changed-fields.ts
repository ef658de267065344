import { equal, isObject, type Json } from '../../json/json.ts'

/**
 * The fields that differ between two specs, as a person names them: `containers[log-tail].image`. Items of a list are
 * compared by their `name`, if all of them have one.
 */
export function changedFields(before: Json | undefined, after: Json | undefined, at = ''): readonly string[] {
  if (equal(before, after)) return []
  const [old, now] = [named(before), named(after)]
  if (old && now) return inside(old, now, name => `${at}[${name}]`)
  if (isObject(before) && isObject(after)) {
    const members = (object: Record<string, Json | undefined>) => new Map(Object.entries(object))
    return inside(members({ ...before }), members({ ...after }), name => (at === '' ? name : `${at}.${name}`))
  }
  return [at]
}

type Members = ReadonlyMap<string, Json | undefined>

function inside(old: Members, now: Members, placeOf: (name: string) => string): readonly string[] {
  const names = new Set([...old.keys(), ...now.keys()])
  return [...names].flatMap(name => changedFields(old.get(name), now.get(name), placeOf(name)))
}

/** The items of a list by their names; undefined if it is no list of named items. */
function named(list: Json | undefined): Members | undefined {
  if (!Array.isArray(list) || !list.every(isObject)) return undefined
  const items = new Map(list.map((item, i) => [String(item['name'] ?? i), item] as const))
  const hasNames = list.every(item => typeof item['name'] === 'string') && items.size === list.length
  return hasNames ? items : undefined
}
