import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Namespace, Pod } from '../../engine/pod.ts'
import { isObject, type JsonObject } from '../../json/json.ts'
import { loadProfiles } from '../manifests/decide.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import type { Unread } from '../manifests/read.ts'
import { type LiveCluster, present, type Seen } from './live-cluster.ts'
import { type LiveProfiles, liveProfiles, noProfiles } from './profiles.ts'
import { podSelectorOf } from './workload.ts'

/** Something of a cluster, with what could not be seen of it. */
export interface Noted<T> {
  readonly value: T
  readonly notes: readonly string[]
}

/** The cluster's profiles for a namespace, or those of a directory in their place. */
export async function profilesFor(
  cluster: LiveCluster,
  namespace: string,
  directory: string | undefined,
): Promise<LiveProfiles | Unread> {
  if (directory === undefined) return liveProfiles(cluster, namespace)
  const loaded = await loadProfiles(directory)
  return 'problems' in loaded ? loaded : { ...noProfiles, profiles: loaded.profiles, areUnknown: false }
}

/** The labels and annotations of a namespace that speak for its Pods. */
export async function namespaceIn(cluster: LiveCluster, name: string): Promise<Noted<Namespace>> {
  const seen = await cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`)
  const { metadata } = present(seen) ?? {}
  return {
    value: namespaceWith(isObject(metadata) ? metadata : {}, name),
    notes: seen.state === 'unknown' ? [`${seen.why}; its labels and annotations count as none`] : [],
  }
}

/** The Pods of a workload that can be read; a Pod is its own. */
export async function podsOf(
  cluster: LiveCluster,
  object: JsonObject,
  namespace: string,
): Promise<Noted<readonly Pod[]>> {
  if (object['kind'] === 'Pod') return { value: [object as Pod], notes: [] }
  const labelSelector = podSelectorOf(object)
  if (!labelSelector) return { value: [], notes: [] }
  const seen = await cluster.list(`/api/v1/namespaces/${namespace}/pods`, { labelSelector })
  const pods = (present(seen) ?? []).filter(pod => checkPodShape(pod).length === 0)
  return { value: pods as readonly Pod[], notes: seen.state === 'unknown' ? [seen.why] : [] }
}

/** `1.34`, also of a cloud that says 34+; what this was tested with where it cannot be seen. */
export function versionIn(version: Seen<JsonObject>): string {
  const { major, minor } = present(version) ?? {}
  return /^\d+\.\d+/.exec(`${major}.${minor}`)?.[0] ?? '1.34'
}
