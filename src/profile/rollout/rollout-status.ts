import { type JsonObject, objectAt } from '../../json/json.ts'
import { type Phase, phases } from '../schema/rollout-schema.ts'

/** `status.rollout` of a stored profile. Only the leader writes it; every replica decides by it. */
export interface RolloutStatus extends JsonObject {
  readonly phase: Phase
  /** Revision that Pods get unless they are in the canary. */
  readonly stable: string
  /** Revision that is being rolled out; in the phase `Degraded`, the one that failed. Absent in the phase `Completed`. */
  readonly canary?: string
  /** Share of the workloads that get the canary; absent if a selector of the spec decides. */
  readonly percent?: number
  /** Index of the step under spec.rollout.steps. */
  readonly step?: number
  /** When this step or phase began (RFC 3339). */
  readonly since?: string
  readonly matched?: number
  readonly updated?: number
  readonly ready?: number
  readonly outdated?: number
  readonly needsRecreate?: number
  readonly failed?: number
  /** `31/37`: updated Pods of all. */
  readonly progress?: string
  readonly message?: string
}

/** The rollout in the status of a stored profile; undefined if there is none, or if it cannot be read. */
export function rolloutStatusIn(object: JsonObject): RolloutStatus | undefined {
  const rollout = objectAt(object, 'status', 'rollout')
  const isReadable = typeof rollout['stable'] === 'string' && phases.some(phase => phase === rollout['phase'])
  return isReadable ? (rollout as RolloutStatus) : undefined
}
