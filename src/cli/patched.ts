import jsonPatch, { type Operation as AnyOperation } from 'fast-json-patch'
import type { Operation } from '../engine/patch.ts'
import type { Removal } from '../engine/uninject.ts'
import type { Json } from '../profile/json.ts'

/** A value with a patch applied; the value itself stays as it is. */
export function patched(value: Json, patch: readonly (Operation | Removal)[]): Json {
  // The library declares its operations mutable, and leaves them alone.
  return jsonPatch.applyPatch(value, patch as AnyOperation[], false, false).newDocument
}
