import { stat } from 'node:fs/promises'
import type { Profiles } from '../profile/profiles.ts'
import { watchBytes } from './file-bytes.ts'
import { type Loaded, load, readProfileFiles } from './profile-directory.ts'

/** The profiles of a directory, as they are now. */
export interface ProfileSource {
  current(): Profiles
  stop(): void
}

/**
 * Serves the profiles of a directory and follows its files: each time one changes, `loaded` hears what
 * there is now and what is wrong; for the first time before this resolves. Of a profile whose file is
 * bad the last good version stays. Refuses a directory that cannot be read.
 */
export async function followProfiles(
  directory: string,
  { intervalMs, loaded }: { readonly intervalMs: number; readonly loaded: (loaded: Loaded) => void },
): Promise<ProfileSource | { readonly problem: string }> {
  const isDirectory = await stat(directory).then(
    entry => entry.isDirectory(),
    () => false,
  )
  if (!isDirectory) return { problem: `${directory} is no directory of profiles` }
  const known = await readProfileFiles(directory)
  let current = load(known)
  loaded(current)
  const { stop } = watchBytes({
    read: () => readProfileFiles(directory),
    known,
    intervalMs,
    changed(files) {
      current = load(files, current)
      loaded(current)
    },
  })
  return { current: () => current.profiles, stop }
}
