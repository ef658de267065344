import type { Strings } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { namespaceWith } from '../../manifest/namespaces.ts'
import { accept, type Verdict, versionsOf } from '../../profile/accept/acceptance.ts'
import { candidate, refusedByQuota, saidBeyondQuota } from '../../profile/accept/candidate.ts'
import { type ProfileId, profileId } from '../../profile/accept/controller-revision.ts'
import { type Kept, nothingKept } from '../../profile/accept/kept-revision.ts'
import { pinnedRevisions } from '../../profile/accept/pinned-revisions.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { apiVersion, type Kind } from '../../profile/schema/schema.ts'
import { keptRevisions } from './kept-revisions.ts'
import { type LiveCluster, notesOf, present, type Seen } from './live-cluster.ts'

/** The profiles in a cluster, accepted or not as the server does it. */
export interface LiveProfiles {
  readonly profiles: Profiles
  readonly verdicts: readonly Verdict[]
  /** What could not be read, and why. */
  readonly notes: readonly string[]
  /**
   * Why earlier revisions could not be read: then a pin of one and what a Pod of one has are not known, and for a spec that is
   * not accepted the last accepted one. Most developers may not read those of ClusterSidecarProfiles.
   */
  readonly unreadRevisions: readonly string[]
  /** No profile is known: the CRDs are not installed, or profiles may not be listed. */
  readonly areUnknown: boolean
  /** The CRDs are not installed, so Pillion denies every Pod that opts in. */
  readonly areNotInstalled: boolean
  /** All could be read. If not, a profile that is not among them may exist. */
  readonly areComplete: boolean
}

/** The ClusterSidecarProfiles, and the SidecarProfiles of some namespaces or of all. */
export async function liveProfiles(
  cluster: LiveCluster,
  namespaces?: readonly string[],
): Promise<LiveProfiles> {
  const scopes = namespaces?.map(name => `${group}/namespaces/${encodeURIComponent(name)}`) ?? [group]
  const [clusterWide, ...namespaced] = await Promise.all([
    cluster.list(`${group}/clustersidecarprofiles`),
    ...scopes.map(scope => cluster.list(`${scope}/sidecarprofiles`)),
  ])
  const all = [clusterWide, ...namespaced]
  const areAny = all.some(seen => (present(seen) ?? []).length > 0)
  const kept = areAny ? await keptRevisions(cluster, namespaces) : { of: () => nothingKept, notes: [] }
  const candidates = new Map([
    ...candidatesOf('ClusterSidecarProfile', clusterWide, kept.of),
    ...namespaced.flatMap(seen => candidatesOf('SidecarProfile', seen, kept.of)),
  ])
  const { profiles, verdicts } = accept(
    candidates,
    await labelsIn(
      cluster,
      namespaced.flatMap(seen => present(seen) ?? []),
    ),
  )
  const areNotInstalled = all.some(({ state }) => state === 'absent')
  const pinned = pinnedRevisions(({ kind, namespace, name }) => {
    const found = candidates.get([kind, namespace, name].filter(part => part !== undefined).join('/'))
    return (
      found && { object: found.object, kept: kept.of(profileId(found.object)), compiled: versionsOf(found) }
    )
  })
  return {
    profiles: { ...profiles, ...pinned },
    verdicts: [...verdicts.values()],
    notes: [...(areNotInstalled ? [notInstalled] : []), ...new Set(all.flatMap(notesOf))],
    unreadRevisions: kept.notes,
    areUnknown: clusterWide.state !== 'there',
    areNotInstalled,
    areComplete: all.every(({ state }) => state !== 'unknown'),
  }
}

/** What is wrong if a cluster has no resources for profiles. */
export const noCrds = 'the CRDs of profiles are not installed'
const notInstalled = `the CRDs of profiles (${apiVersion}) are not installed, so there are no profiles`

const group = `/apis/${apiVersion}`

/** The labels of the namespaces that have SidecarProfiles, as far as they can be read. */
async function labelsIn(cluster: LiveCluster, namespaced: readonly JsonObject[]) {
  const names = new Set(namespaced.map(object => String(metadataOf(object)['namespace'])))
  const labels = new Map<string, Strings>()
  await Promise.all(
    [...names].map(async name => {
      const seen = await cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`)
      if (seen.state === 'there') labels.set(name, namespaceWith(metadataOf(seen.value), name).labels)
    }),
  )
  return (namespace: string) => labels.get(namespace)
}

function candidatesOf(kind: Kind, seen: Seen<readonly JsonObject[]>, keptOf: (id: ProfileId) => Kept) {
  return (present(seen) ?? []).map(object => {
    const { namespace, name } = metadataOf(object)
    const key = [kind, namespace, name].filter(part => part !== undefined).join('/')
    // The quota of a namespace is a setting of the replicas; their verdict is in the status.
    const beyond = saidBeyondQuota(object)
    const made =
      beyond === undefined
        ? candidate(kind, object, undefined, keptOf(profileId(object)))
        : refusedByQuota(object, beyond)
    return [key, made] as const
  })
}
