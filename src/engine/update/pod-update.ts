import type { Operation } from '../patch/apply.ts'

/**
 * What has to happen to a Pod that runs, so that it has what one revision of a profile gives: the first of these that
 * suffices. `none`: it has it. `recreate`: no change in place is possible.
 */
export const updateKinds = ['none', 'metadata', 'images', 'resources', 'recreate'] as const
export type UpdateKind = (typeof updateKinds)[number]

/** The difference between what a Pod has of a profile and what a revision gives it, and the way from one to the other. */
export interface PodUpdate {
  readonly profile: string
  /** Revision that the Pod has, by its status. */
  readonly from: string
  readonly to: string
  readonly kind: UpdateKind
  /** The fields that differ, such as `initContainers[log-tail].image`: at most ten. */
  readonly fields: readonly string[]
  /** For `recreate`: why no change in place is possible. */
  readonly because?: string
  /** Requests that make the change, in order: JSON patches with a test for each value that they replace. */
  readonly patches: readonly PodPatch[]
  /** Containers that restart. */
  readonly restarts: readonly string[]
}

export interface PodPatch {
  readonly subresource?: 'resize'
  readonly operations: readonly (
    | Operation
    | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  )[]
}
