import type { Cluster, InjectedNames } from '../decision.ts'
import type { Container, Pod } from '../pod.ts'
import type { Rendering } from './rendering.ts'

/** A Pod that runs, what its status names for the profile, and what two revisions of the profile give. */
export interface Compared {
  readonly pod: Pod
  readonly profile: string
  /** The revision that the Pod has. */
  readonly revision: string
  readonly claimed: InjectedNames
  readonly cluster: Cluster
  readonly from: Rendering
  readonly to: Rendering
}

/** A container as both revisions give it, and as it stands in the Pod. */
export interface Containers {
  readonly before: Container
  readonly after: Container
  readonly standing: Container
}
