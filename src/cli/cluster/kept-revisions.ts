import type { JsonObject } from '../../json/json.ts'
import {
  type ProfileId,
  profileLabel,
  type StoredRevision,
  storedRevision,
} from '../../profile/accept/controller-revision.ts'
import { type Kept, nothingKept } from '../../profile/accept/kept-revision.ts'
import { storedBytes } from '../../profile/accept/stored-size.ts'
import { liveInstallation } from './installation.ts'
import { type LiveCluster, notesOf, present } from './live-cluster.ts'

/** The ControllerRevisions in a cluster that hold revisions of profiles. */
interface KeptRevisions {
  /** Those of a profile. */
  of(id: ProfileId): Kept
  /** What could not be read, and why. */
  readonly notes: readonly string[]
}

/** The kept revisions of the ClusterSidecarProfiles, and of the SidecarProfiles of some namespaces or of all. */
export async function keptRevisions(
  cluster: LiveCluster,
  namespaces?: readonly string[],
): Promise<KeptRevisions> {
  const home = await homeOf(cluster)
  const among = namespaces && new Set([...(home === undefined ? [] : [home]), ...namespaces])
  const paths = among ? [...among].map(controllerRevisionsIn) : ['/apis/apps/v1/controllerrevisions']
  const all = await Promise.all(paths.map(path => cluster.list(path, { labelSelector: profileLabel })))
  const found = all.flatMap(seen => present(seen) ?? []).flatMap(object => storedRevision(object, home) ?? [])
  const byOwner = Map.groupBy(found, ({ owner }) => owner)
  return { of: id => keptIn(byOwner.get(id)), notes: [...new Set(all.flatMap(notesOf))] }
}

/** The path of the ControllerRevisions of a namespace. */
export function controllerRevisionsIn(namespace: string): string {
  return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/controllerrevisions`
}

/** The namespace of Pillion; undefined if there are several installations. */
async function homeOf(cluster: LiveCluster): Promise<string | undefined> {
  return liveInstallation(cluster, {}).then(
    ({ namespace }) => namespace,
    () => undefined,
  )
}

function keptIn(stored: readonly StoredRevision[] | undefined): Kept {
  if (!stored) return nothingKept
  const all = stored
    .toSorted((a, b) => b.number - a.number)
    .map(({ spec, ...rest }) => ({
      ...rest,
      bytes: storedBytes({ spec }),
      isWhole: true,
      spec: (): JsonObject => spec,
    }))
  return {
    size: all.length,
    find: revision => all.find(each => each.revision === revision),
    isGone: () => false,
    all: () => all,
  }
}
