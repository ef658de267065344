import { accept, candidate, refusedByQuota, saidBeyondQuota, type Verdict } from '../../profile/acceptance.ts'
import { isObject, type JsonObject } from '../../profile/json.ts'
import { collect, type Profiles } from '../../profile/profiles.ts'
import { apiVersion, type Kind } from '../../profile/schema.ts'
import type { LiveCluster, Seen } from './cluster.ts'

/** The profiles that a cluster stores, judged as the server judges them. */
export interface LiveProfiles {
  readonly profiles: Profiles
  readonly verdicts: readonly Verdict[]
  /** What could not be seen. */
  readonly notes: readonly string[]
  /** Whether nothing is known of any profile: the kinds are not there, or may not be listed. */
  readonly areUnknown: boolean
}

/** The cluster profiles, and those of one namespace or of all. */
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
  const { profiles, verdicts } = accept(candidates)
  const notes = new Set([clusterWide, namespaced].flatMap(noteOf))
  return {
    profiles,
    verdicts: [...verdicts.values()],
    notes: [...notes],
    areUnknown: clusterWide.state !== 'there',
  }
}

/** What is known where no profile is. */
export const noProfiles: LiveProfiles = {
  profiles: collect([]).profiles,
  verdicts: [],
  notes: [],
  areUnknown: true,
}

const group = `/apis/${apiVersion}`

function candidatesOf(kind: Kind, seen: Seen<readonly JsonObject[]>) {
  const objects = seen.state === 'there' ? seen.value : []
  return objects.map(object => {
    const { namespace, name } = isObject(object['metadata']) ? object['metadata'] : {}
    const key = [kind, namespace, name].filter(part => part !== undefined).join('/')
    // How many a namespace may have is an option of the replicas, and they have said so.
    const beyond = saidBeyondQuota(object)
    return [key, beyond === undefined ? candidate(kind, object) : refusedByQuota(object, beyond)] as const
  })
}

function noteOf(seen: Seen<unknown>): readonly string[] {
  if (seen.state === 'absent')
    return [
      `the cluster has no profiles as custom resources (${apiVersion}); --profiles DIR names a directory`,
    ]
  return seen.state === 'unknown' ? [seen.why] : []
}
