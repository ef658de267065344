import type { Json } from '../../json/json.ts'
import type { Operation, Removal } from '../patch/apply.ts'

/**
 * What has to happen to a Pod that runs, so that it has what one revision of a profile gives: the first of these that
 * suffices. `none`: the Pod has the revision. `metadata`: labels and annotations, or the status alone. `recreate`: no
 * change in place is possible.
 */
export const updateKinds = ['none', 'metadata', 'images', 'resources', 'recreate'] as const
export type UpdateKind = (typeof updateKinds)[number]

/** The difference between what a Pod has of a profile and what a revision gives it, and the way from one to the other. */
export interface PodUpdate {
  readonly profile: string
  /** Revision that the Pod has, by its status; empty if the status does not name the profile. */
  readonly from: string
  readonly to: string
  readonly kind: UpdateKind
  /** The fields that differ, such as `initContainers[log-tail].image`: at most ten. None if only the status changes. */
  readonly fields: readonly string[]
  /** For `recreate`: why no change in place is possible. */
  readonly because?: string
  /** For `recreate`: the Pod that replaces it would be denied, so nobody must evict it. */
  readonly isDenied?: true
  /** Requests that make the change, in order: JSON patches with a test for each value that they replace. */
  readonly patches: readonly PodPatch[]
  /** For two patches: takes the first one back, if the API server refuses the second. */
  readonly undo?: PodPatch
  /** Containers that restart. */
  readonly restarts: readonly string[]
}

/** One request: a JSON patch of the Pod, or of its subresource. */
export interface PodPatch {
  readonly subresource?: 'resize'
  readonly operations: readonly PatchOperation[]
}

/** An operation of RFC 6902. A `test` that fails makes the API server refuse the whole patch. */
export type PatchOperation =
  | Operation
  | Removal
  | { readonly op: 'test' | 'replace'; readonly path: string; readonly value: Json }

/** When an update is made, and the revision to which the Pod goes back if it fails; by default the one that it has. */
export interface UpdateMark {
  /** RFC 3339. */
  readonly at: string
  readonly previous?: string
}
