import { type JsonObject, objectAt } from '../../json/json.ts'
import { counted } from '../../problems/counted.ts'

/** What has a profile, as the last sweep found it. */
export interface UsedBy {
  /** Number of running Pods. */
  readonly pods: number
  /** Number of their workloads. A Deployment counts once, and so does a Pod without a controller. */
  readonly workloads: number
}

/** The users in the status of a stored profile; undefined if no sweep has counted them. */
export function usedByIn(object: JsonObject): UsedBy | undefined {
  const { pods, workloads } = objectAt(object, 'status', 'usedBy')
  return typeof pods === 'number' && typeof workloads === 'number' ? { pods, workloads } : undefined
}

/** The users as the status has them, with a text for the column of `kubectl get`. */
export function usedByStatus({ pods, workloads }: UsedBy): JsonObject {
  return { pods, workloads, summary: counted(pods, 'Pod') }
}

/** `12 Pods of 3 workloads` */
export function describeUsedBy({ pods, workloads }: UsedBy): string {
  return `${counted(pods, 'Pod')} of ${counted(workloads, 'workload')}`
}

/** Identifies a ClusterSidecarProfile (without a namespace) or a SidecarProfile among the users of all profiles. */
export function userKey({
  name,
  namespace = '',
}: {
  readonly name: string
  readonly namespace?: string
}): string {
  return `${namespace}/${name}`
}
