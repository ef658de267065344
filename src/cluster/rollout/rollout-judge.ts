import type { Namespace } from '../../engine/pod.ts'
import type { PodUpdate } from '../../engine/update/pod-update.ts'
import type { JsonObject } from '../../json/json.ts'
import type { RolloutOf } from './pod-state.ts'
import type { ExaminedPod } from './rollout-pod.ts'

/** A profile with a rollout. */
export interface ActiveRollout extends RolloutOf {
  /** `userKey` of the profile. */
  readonly key: string
  /** The uid of the profile. */
  readonly uid: string
  readonly name: string
  /** Absent for a ClusterSidecarProfile. */
  readonly namespace?: string
  /** Other than before if Pods may get another revision now. */
  readonly basis: string
}

/** What a Pod has of a profile, and how it gets what it should have. */
export interface JudgedUpdate {
  readonly pod: ExaminedPod
  readonly update: PodUpdate
  /** Secrets with credentials of registries that the profile adds. */
  readonly secrets: readonly string[]
}

/** Decides about Pods: src/cluster does not know what a profile gives them. */
export interface RolloutJudge {
  /** The profiles whose Pods count. */
  rollouts(): readonly ActiveRollout[]
  /** The keys of the profiles that a Pod has. Gets only the metadata. */
  profilesOf(pod: JsonObject, namespace: Namespace): readonly string[]
  /** Undefined if the Pod does not have the profile. `at` is the time for the mark in the Pod (RFC 3339). */
  examine(pod: JsonObject, namespace: Namespace, key: string, at: string): JudgedUpdate | undefined
  /** The way back to the revision before; undefined if there is none. */
  putBack(pod: JsonObject, namespace: Namespace, key: string, at: string): PodUpdate | undefined
  matchesLabels(selector: JsonObject, labels: JsonObject): boolean
}
