import { isObject, type Json, type JsonObject } from '../../profile/json.ts'

export { objectsIn } from '../../profile/json.ts'

/** The object at a path of members; an empty one where there is none. */
export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    object,
  )
  return isObject(found) ? found : {}
}
