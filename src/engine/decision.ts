import type { JsonObject } from '../json/json.ts'
import type { ParameterValue } from '../profile/parameters.ts'
import type { PodList, podPlaces } from '../profile/places.ts'
import type { Workload } from '../profile/rollout/workload.ts'
import type { AppField, PodField } from '../profile/schema/schema.ts'
import type { Operation } from './patch/apply.ts'
import type { Namespace, Pod } from './pod.ts'
import type { Cause, Reason } from './reason.ts'

/** One Pod to decide about. */
export interface Subject {
  readonly pod: Pod
  readonly namespace: Namespace
  /** Asked on behalf of a Pod that has no annotation of its own, in the annotation's words. */
  readonly requested?: string
  /** Why the API server does not call Pillion for the Pod. Only commands set it: in a review, the API server has called. */
  readonly notCalled?: string
  /** It runs. What its status claims was judged when it was admitted, and much of it may have changed since. */
  readonly isLive?: boolean
  /** The workload of a Pod that does not say it itself, because it is only the template of one. */
  readonly workload?: Workload
  /** Anything but the creation of a Pod is left alone. */
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly subResource?: string
}

/** What the engine must know of the cluster. */
export interface Cluster {
  /** `1.34`: the minor decides whether native sidecars exist (1.29 and newer). */
  readonly kubernetesVersion: string
  readonly excludedNamespaces: ReadonlySet<string>
}

export type Outcome = 'injected' | 'unchanged' | 'skipped' | 'denied'

/** What is done with a Pod, and why. `patch` is empty unless the outcome is `injected`. */
export interface Decision {
  readonly outcome: Outcome
  readonly reason: Reason
  /** For the developer: all that is wrong when denied, each on a line of its own. */
  readonly message: string
  readonly profiles: readonly ProfileDecision[]
  /** What was asked for and came out differently: kept, adopted, skipped. */
  readonly warnings: readonly string[]
  readonly patch: readonly Operation[]
}

export interface ProfileDecision {
  readonly name: string
  /** Absent for a profile that does not exist. */
  readonly revision?: string
  /** Why the Pod gets this revision; absent if the profile was not looked at so far. */
  readonly revisionBecause?: RevisionBecause
  readonly outcome: Outcome
  readonly reason: Reason
  readonly message: string
  /** The annotation that causes that the Pod does not get it; absent if the request itself causes it. */
  readonly cause?: Cause
  readonly parameters: readonly ResolvedParameter[]
  /** What this profile has in the Pod; absent unless injected or unchanged. */
  readonly injected?: InjectedNames
}

/**
 * Why a Pod gets a revision of a profile: an annotation names it, an earlier call of the same admission gave it, the workload
 * is in the canary, or none of these.
 */
export type RevisionBecause = 'pinned' | 'given' | 'canary' | 'stable'

export interface ResolvedParameter {
  readonly name: string
  readonly value: ParameterValue
  readonly from: 'pod' | 'namespace' | 'default'
}

/** The names of what a profile put into a Pod; as JSON, a member of the status annotation. */
export interface InjectedNames extends JsonObject, InjectedAt {
  readonly revision: string
  /** By app container: environment variables, sources (`configMap/name`), and mount paths. */
  readonly app?: { readonly [container: string]: InjectedAppNames }
  /** Set if the revision came by an update in place. */
  readonly updated?: Updated
}

/** The last update in place of what a profile has in a Pod. */
export interface Updated extends JsonObject {
  /** Revision to which the Pod goes back if the update fails. */
  readonly from: string
  /** RFC 3339. */
  readonly at: string
  /** The containers that restart for it; absent if there are none. */
  readonly restarts?: readonly string[]
}

/** By place: the names of the items; of a place that has one value, that it is given. */
type InjectedAt = { readonly [list in PodList]?: readonly string[] } & {
  readonly [field in PodField]?: InjectedBy[(typeof podPlaces)[field]['kind']]
}

interface InjectedBy {
  readonly map: readonly string[]
  readonly list: readonly string[]
  readonly value: true
  /** What the Pod had before; `true` where it had nothing. */
  readonly raised: number | true
}

type InjectedAppNames = JsonObject & { readonly [list in AppField]?: readonly string[] }
