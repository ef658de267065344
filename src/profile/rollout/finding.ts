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
  /** Why Pods wait, in one sentence of Pillion. */
  readonly waiting?: string
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
  return of.since === stored.since && isSamePlace(of, stored)
}

/** Whether two statuses differ in numbers, times and texts only. */
export function isSamePlace(a: RolloutStatus, b: RolloutStatus): boolean {
  return (['phase', 'stable', 'canary', 'percent', 'step'] as const).every(field => a[field] === b[field])
}
