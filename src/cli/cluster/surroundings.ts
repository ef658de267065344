import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Namespace, Pod } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { loadProfiles } from '../manifests/decide.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import type { Unread } from '../manifests/read.ts'
import { type LiveCluster, present, type Seen } from './live-cluster.ts'
import { type LiveProfiles, liveProfiles, noProfiles } from './profiles.ts'
import { podSelectorOf } from './workload.ts'

/** Something of a cluster, with notes about what could not be read. */
export interface Noted<T> {
  readonly value: T
  readonly notes: readonly string[]
}

/** The cluster's profiles for one namespace or for all, or those of a directory instead. */
export async function profilesFor(
  cluster: LiveCluster,
  namespace: string | undefined,
  directory: string | undefined,
): Promise<LiveProfiles | Unread> {
  if (directory === undefined) return liveProfiles(cluster, namespace)
  const loaded = await loadProfiles(directory)
  return 'problems' in loaded ? loaded : { ...noProfiles, profiles: loaded.profiles, areUnknown: false }
}

/** The labels and annotations of a namespace. */
export async function namespaceIn(cluster: LiveCluster, name: string): Promise<Noted<Namespace>> {
  const seen = await cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`)
  return {
    value: namespaceWith(metadataOf(present(seen) ?? {}), name),
    notes:
      seen.state === 'unknown' ? [`${seen.why}; its labels and annotations are not taken into account`] : [],
  }
}

/** The Pods of a workload, as far as they can be read; the Pod itself when the workload is one. */
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

/** `1.34`, also when a cloud provider reports 34+; the version of the tests when it cannot be read. */
export function versionIn(version: Seen<JsonObject>): string {
  const { major, minor } = present(version) ?? {}
  return /^\d+\.\d+/.exec(`${major}.${minor}`)?.[0] ?? '1.34'
}
