import jsonPatch, { type Operation as AnyOperation } from 'fast-json-patch'
import type { Operation, Removal } from '../../engine/patch/operation.ts'
import type { Json } from '../../json/json.ts'

/** A value with a patch applied; the value itself stays as it is. */
export function patched(value: Json, patch: readonly (Operation | Removal)[]): Json {
  // The library puts an operation's own value into the document, where a later operation changes it.
  const operations = structuredClone(patch) as AnyOperation[]
  return jsonPatch.applyPatch(value, operations, false, false).newDocument
}
