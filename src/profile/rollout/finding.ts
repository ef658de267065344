import type { RolloutStatus } from './rollout-status.ts'

/** The numbers of `status.rollout`. */
export interface RolloutCounts {
  /** Running Pods with the profile. */
  readonly matched: number
  /** Those with the revision that they would get now. */
  readonly updated: number
  /** Updated Pods whose containers of the profile are ready. */
  readonly ready: number
  /** Pods with another revision, which can be updated. */
  readonly outdated: number
  readonly needsRecreate: number
  readonly failed: number
}

/** What a look at the Pods of a profile found. */
export interface Finding extends RolloutCounts {
  /** `status.rollout` as it was stored during the look: what was found about another step does not count. */
  readonly of: RolloutStatus
  /** Whether nothing holds the step: each Pod of it is as it should be, or somebody must recreate it. */
  readonly isSettled: boolean
  /** The first failure, in the order of namespaces and names. */
  readonly failure?: PodFailure
}

/** Why the update of a Pod failed. */
export interface PodFailure {
  readonly namespace: string
  readonly name: string
  /** Such as `ImagePullBackOff`. */
  readonly reason: string
  /** One sentence of Pillion, without text that somebody else wrote. */
  readonly message: string
}

/** Whether a finding is about the step and phase that are stored now. */
export function isAbout({ of }: Finding, stored: RolloutStatus): boolean {
  return (['phase', 'stable', 'canary', 'percent', 'step', 'since'] as const).every(
    field => of[field] === stored[field],
  )
}
