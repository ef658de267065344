import jsonPatch from 'fast-json-patch'
import type { Operation, Removal } from '../../src/engine/operation.ts'
import type { Pod } from '../../src/engine/pod.ts'

/** The oracle: applies operations strictly (RFC 6902), to a copy, and throws where one cannot be. */
export function apply(pod: Pod, operations: readonly (Operation | Removal)[]): Pod {
  return jsonPatch.applyPatch(pod, structuredClone(operations) as jsonPatch.Operation[], true, false)
    .newDocument
}
