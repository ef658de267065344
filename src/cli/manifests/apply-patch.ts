import jsonPatch, { type Operation as AnyOperation } from 'fast-json-patch'
import type { Operation, Removal } from '../../engine/patch/operation.ts'
import type { Json } from '../../json/json.ts'

/** A copy of a value with a patch applied. */
export function patched(value: Json, patch: readonly (Operation | Removal)[]): Json {
  // The library puts the value of an operation into the document, where a later operation would change it.
  const operations = structuredClone(patch) as AnyOperation[]
  return jsonPatch.applyPatch(value, operations, false, false).newDocument
}
