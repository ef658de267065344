import { stat } from 'node:fs/promises'
import type { ClusterConnection } from '../cluster/cluster.ts'
import type { Problem } from '../problems/problem.ts'
import type { Acceptance } from '../profile/accept/acceptance.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { followFiles } from './file-bytes.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'
import { catalogDirectory, isRead, type Loaded, load, readProfileFiles } from './profile-directory.ts'

/** The profiles as they are now. */
export interface ProfileSource {
  current(): Profiles
  readonly readiness: ReadinessCheck
  /** The custom resources; absent when the profiles come from a directory. */
  readonly stored?: { current(): Acceptance; ageMs(): number }
}

interface Loading {
  /** Called with all profiles and problems, after each change. */
  readonly loaded: (read: Pick<Loaded, 'profiles' | 'problems'>) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/**
 * The profiles of the directory in the options. Without a directory: the custom resources of the cluster, or the catalog
 * outside of a cluster. A directory that cannot be read is a problem.
 */
export async function profilesFor(
  options: Pick<Options, 'profiles' | 'reloadIntervalMs' | 'profilesPerNamespace'>,
  {
    connection,
    namespace,
  }: { readonly connection?: Pick<ClusterConnection, 'watchProfiles'>; readonly namespace?: string },
  loading: Loading,
): Promise<ProfileSource | { readonly problem: string }> {
  const { profiles, reloadIntervalMs, profilesPerNamespace } = options
  if (profiles !== undefined || !connection) {
    return followDirectory(profiles ?? catalogDirectory(), { intervalMs: reloadIntervalMs, ...loading })
  }
  const stored = connection.watchProfiles({
    changed: accepted => loading.loaded({ profiles: accepted.profiles, problems: problemsOf(accepted) }),
    perNamespace: profilesPerNamespace,
    home: namespace,
  })
  return { current: () => stored.current().profiles, readiness: stored.missing, stored }
}

/**
 * Reads the profiles of a directory, and again when a file changes. Calls `loaded` for the first time before it resolves.
 * If a file becomes invalid, the last valid version of its profiles stays in use.
 */
async function followDirectory(
  directory: string,
  { intervalMs, loaded, signal }: Loading & { readonly intervalMs: number },
): Promise<ProfileSource | { readonly problem: string }> {
  const entry = await stat(directory).catch(() => undefined)
  if (!entry?.isDirectory()) return { problem: `${directory} is not a directory` }
  let hasBeenRead = false
  let current = load(new Map())
  const first = await followFiles({
    read: () => readProfileFiles(directory),
    parse(files) {
      hasBeenRead ||= isRead(directory, files)
      current = load(files, current)
      return current
    },
    changed: loaded,
    intervalMs,
    signal,
  })
  loaded(first)
  return {
    current: () => current.profiles,
    readiness: () => (hasBeenRead ? undefined : `the directory ${directory} of the profiles cannot be read`),
  }
}

/** Each problem names its profile instead of a file: `SidecarProfile/shop/logging`. */
function problemsOf({ verdicts }: Acceptance): Problem[] {
  return [...verdicts].flatMap(([key, { problems }]) => problems.map(problem => ({ ...problem, file: key })))
}
