import { isObject, type Json, type JsonObject } from '../../profile/json.ts'

/** The objects of what should be a list of them; none of what is no list. */
export function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}

/** The object at a path of members; an empty one where there is none. */
export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    object,
  )
  return isObject(found) ? found : {}
}
