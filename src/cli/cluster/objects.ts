import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'

/** The object at a path of members; empty when there is none. */
export function objectAt(object: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(member, object)
  return isObject(found) ? found : {}
}
