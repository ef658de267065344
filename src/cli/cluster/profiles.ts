import { type JsonObject, metadataOf } from '../../json/json.ts'
import { accept, type Verdict } from '../../profile/accept/acceptance.ts'
import { candidate, refusedByQuota, saidBeyondQuota } from '../../profile/accept/candidate.ts'
import { collect, type Profiles } from '../../profile/accept/profiles.ts'
import { apiVersion, type Kind } from '../../profile/schema/schema.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import type { LiveCluster, Seen } from './live-cluster.ts'

/** The profiles in a cluster, accepted or not as the server does it. */
export interface LiveProfiles {
  readonly profiles: Profiles
  readonly verdicts: readonly Verdict[]
  /** What could not be read, and why. */
  readonly notes: readonly string[]
  /** No profile is known: the CRDs are not installed, or profiles may not be listed. */
  readonly areUnknown: boolean
}

/** The ClusterSidecarProfiles, and the SidecarProfiles of one namespace or of all. */
export async function liveProfiles(cluster: LiveCluster, namespace?: string): Promise<LiveProfiles> {
  const [clusterWide, namespaced] = await Promise.all([
    cluster.list(`${group}/clustersidecarprofiles`),
    cluster.list(
      namespace === undefined
        ? `${group}/sidecarprofiles`
        : `${group}/namespaces/${namespace}/sidecarprofiles`,
    ),
  ])
  const candidates = new Map([
    ...candidatesOf('ClusterSidecarProfile', clusterWide),
    ...candidatesOf('SidecarProfile', namespaced),
  ])
  const { profiles, verdicts } = accept(candidates, await labelsIn(cluster, namespaced))
  const notes = new Set([clusterWide, namespaced].flatMap(noteOf))
  return {
    profiles,
    verdicts: [...verdicts.values()],
    notes: [...notes],
    areUnknown: clusterWide.state !== 'there',
  }
}

/** No profiles, when none could be read. */
export const noProfiles: LiveProfiles = {
  profiles: collect([]).profiles,
  verdicts: [],
  notes: [],
  areUnknown: true,
}

const group = `/apis/${apiVersion}`

/** The labels of the namespaces that have SidecarProfiles, as far as they can be read. */
async function labelsIn(cluster: LiveCluster, namespaced: Seen<readonly JsonObject[]>) {
  const objects = namespaced.state === 'there' ? namespaced.value : []
  const names = new Set(objects.map(object => String(metadataOf(object)['namespace'])))
  const seen = await Promise.all(
    [...names].map(
      async name => [name, await cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`)] as const,
    ),
  )
  const labels = new Map(
    seen.flatMap(([name, namespace]) =>
      namespace.state === 'there'
        ? [[name, namespaceWith(metadataOf(namespace.value), name).labels] as const]
        : [],
    ),
  )
  return (namespace: string) => labels.get(namespace)
}

function candidatesOf(kind: Kind, seen: Seen<readonly JsonObject[]>) {
  const objects = seen.state === 'there' ? seen.value : []
  return objects.map(object => {
    const { namespace, name } = metadataOf(object)
    const key = [kind, namespace, name].filter(part => part !== undefined).join('/')
    // The quota of a namespace is a setting of the replicas; their verdict is in the status.
    const beyond = saidBeyondQuota(object)
    return [key, beyond === undefined ? candidate(kind, object) : refusedByQuota(object, beyond)] as const
  })
}

function noteOf(seen: Seen<unknown>): readonly string[] {
  if (seen.state === 'absent')
    return [
      `the CRDs of profiles (${apiVersion}) are not installed; --profiles DIR reads profiles from a directory`,
    ]
  return seen.state === 'unknown' ? [seen.why] : []
}
