import { isObject, type Json, type JsonObject } from '../../json/json.ts'

export { objectsIn } from '../../json/json.ts'

/** The object at a path of members; an empty one where there is none. */
export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    object,
  )
  return isObject(found) ? found : {}
}
