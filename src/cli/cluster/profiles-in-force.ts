import type { Profiles } from '../../profile/accept/profiles.ts'
import { Failure, type Io } from '../io.ts'
import { catalogWord, givenProfiles } from '../manifests/given-profiles.ts'
import { clusterIfAny, type LiveCluster } from './live-cluster.ts'
import type { ClusterFlags } from './options.ts'
import { type LiveProfiles, liveProfiles } from './profiles.ts'

/** The options by which a command finds its profiles. */
export interface ProfileFlags extends ClusterFlags {
  readonly profiles?: readonly string[]
}

/** Where the profiles of a command come from. */
interface ProfileSource {
  /** The cluster that the command decides for; absent without one. */
  readonly cluster?: LiveCluster
  /** The profiles that Pods of some namespaces can get. Ends the command when they cannot be read. */
  profilesIn(namespaces: readonly string[]): Promise<LiveProfiles>
}

/**
 * The profiles that `--profiles` names. Otherwise those of the cluster, or without a cluster the built-in catalog: then a
 * line on stderr says which. A context that cannot be used ends the command.
 */
export async function profileSource(flags: ProfileFlags, io: Io): Promise<ProfileSource> {
  const { profiles: names } = flags
  if (names) {
    const profiles = await givenProfiles(names, io)
    const isAsked = flags.context !== undefined || flags.kubeconfig !== undefined
    const cluster = isAsked ? await clusterIfAny(flags) : { none: '' }
    return { ...('none' in cluster ? {} : { cluster }), profilesIn: async () => only(profiles) }
  }
  const cluster = await clusterIfAny(flags)
  if ('none' in cluster) {
    if (flags.context !== undefined || flags.kubeconfig !== undefined)
      throw new Failure(2, `no cluster: ${cluster.none} (${howToGoWithout})`)
    return {
      async profilesIn() {
        io.err(`uses the built-in catalog, because ${cluster.none}\n`)
        return only(await givenProfiles([catalogWord], io))
      },
    }
  }
  return {
    cluster,
    async profilesIn(namespaces) {
      const live = await liveProfiles(cluster, namespaces).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
        throw new Failure(error.code, ...error.problems, howToGoWithout)
      })
      if (live.areUnknown)
        throw new Failure(
          2,
          `the profiles of ${cluster.where} are not readable:`,
          ...live.notes,
          howToGoWithout,
        )
      io.err(`uses the profiles of ${cluster.where}\n`)
      for (const note of live.notes) io.err(`${note}\n`)
      return live
    },
  }
}

/** The profiles of a workload in a cluster: those that `--profiles` names, else those of the cluster. */
export async function profilesOf(
  cluster: LiveCluster,
  { profiles: names }: ProfileFlags,
  io: Io,
  namespaces?: readonly string[],
): Promise<LiveProfiles> {
  return names ? only(await givenProfiles(names, io)) : liveProfiles(cluster, namespaces)
}

function only(profiles: Profiles): LiveProfiles {
  return {
    profiles,
    verdicts: [],
    notes: [],
    unreadRevisions: [],
    areUnknown: false,
    areNotInstalled: false,
    areComplete: true,
  }
}

/** What to do without the profiles of a cluster. */
export const howToGoWithout = `--profiles ${catalogWord} uses the built-in catalog, --profiles FILE other profiles`
