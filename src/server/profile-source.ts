import { stat } from 'node:fs/promises'
import type { Problem } from '../problems/problem.ts'
import type { Acceptance } from '../profile/accept/acceptance.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { watchBytes } from './file-bytes.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'
import { catalogDirectory, isRead, load, readProfileFiles } from './profile-directory.ts'

/** The profiles as they are now. */
export interface ProfileSource {
  current(): Profiles
  readonly readiness: ReadinessCheck
  /** Those of a cluster, which are looked after there. */
  readonly stored?: { current(): Acceptance; ageMs(): number }
}

/** What has profiles as custom resources. */
export interface ProfileKeeper {
  followProfiles(following: {
    readonly changed: (acceptance: Acceptance) => void
    readonly perNamespace: number
  }): {
    current(): Acceptance
    /** Why not all of them are known; undefined when they are. */
    missing(): string | undefined
    ageMs(): number
  }
}

export interface Loading {
  /** Hears what there is and what is wrong, each time something changed. */
  readonly loaded: (read: { readonly profiles: Profiles; readonly problems: readonly Problem[] }) => void
  /** Ends the following. */
  readonly signal: AbortSignal
}

/**
 * The profiles in the directory that the options name; without one those of the cluster, or the catalog where
 * there is none. Refuses a directory that cannot be read.
 */
export async function profilesFor(
  options: Pick<Options, 'profiles' | 'reloadIntervalMs' | 'profilesPerNamespace'>,
  { connection }: { readonly connection?: ProfileKeeper },
  loading: Loading,
): Promise<ProfileSource | { readonly problem: string }> {
  const { profiles, reloadIntervalMs, profilesPerNamespace } = options
  if (profiles !== undefined || !connection) {
    return followDirectory(profiles ?? catalogDirectory(), { intervalMs: reloadIntervalMs, ...loading })
  }
  const stored = connection.followProfiles({
    changed: acceptance =>
      loading.loaded({ profiles: acceptance.profiles, problems: problemsOf(acceptance) }),
    perNamespace: profilesPerNamespace,
  })
  return {
    current: () => stored.current().profiles,
    readiness: stored.missing,
    stored,
  }
}

/**
 * Serves the profiles of a directory and follows its files: `loaded` hears what there is, for the first
 * time before this resolves. Of a profile whose file is bad the last good version stays.
 */
async function followDirectory(
  directory: string,
  { intervalMs, loaded, signal }: Loading & { readonly intervalMs: number },
): Promise<ProfileSource | { readonly problem: string }> {
  const isDirectory = await stat(directory).then(
    entry => entry.isDirectory(),
    () => false,
  )
  if (!isDirectory) return { problem: `${directory} is no directory of profiles` }
  const known = await readProfileFiles(directory)
  let current = load(known)
  let hasBeenRead = isRead(directory, known)
  loaded(current)
  const { stop } = watchBytes({
    read: () => readProfileFiles(directory),
    known,
    intervalMs,
    changed(files) {
      current = load(files, current)
      hasBeenRead ||= isRead(directory, files)
      loaded(current)
    },
  })
  signal.addEventListener('abort', stop, { once: true })
  return {
    current: () => current.profiles,
    readiness: () => (hasBeenRead ? undefined : `the directory of profiles ${directory} cannot be read`),
  }
}

/** Each with its profile in place of a file: `SidecarProfile/shop/logging`. */
function problemsOf({ verdicts }: Acceptance): Problem[] {
  return [...verdicts].flatMap(([key, { problems }]) => problems.map(problem => ({ ...problem, file: key })))
}
