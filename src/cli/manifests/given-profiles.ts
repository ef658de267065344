import { describe } from '../../problems/problem.ts'
import { collect, type Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { catalogDirectory } from '../../server/profile-directory.ts'
import { Failure, type Io } from '../io.ts'
import { readTexts } from './read.ts'

/** The word of `--profiles` for the catalog that comes with Pillion. */
export const catalogWord = 'catalog'

/**
 * The profiles that `--profiles` names: those in files, in directories and on stdin, also in Lists, and those of the
 * built-in catalog. A problem in one of them ends the command: it must not decide with only the others.
 */
export async function givenProfiles(names: readonly string[], io: Io): Promise<Profiles> {
  const sources = new Set(names.map(name => (name === catalogWord ? catalogDirectory() : name)))
  const { profiles, problems } = profilesOf(await readTexts([...sources], io))
  if (problems.length > 0) throw new Failure(2, ...problems)
  if (profiles.all.length === 0) throw new Failure(2, `there are no profiles in ${names.join(', ')}`)
  return profiles
}

/** The profiles in texts, and a line for each problem with one of them. */
export function profilesOf(texts: readonly (readonly [file: string, text: string])[]): {
  readonly profiles: Profiles
  readonly problems: readonly string[]
} {
  const parsed = texts.map(([file, text]) => ({ file, ...parseProfiles(text, file) }))
  const fileOf = new Map<Profile, string>(
    parsed.flatMap(({ file, profiles }) => profiles.map(profile => [profile, file] as const)),
  )
  const { profiles, refused } = collect([...fileOf.keys()])
  const taken = refused.map(({ profile, problem }) => ({ ...problem, file: fileOf.get(profile)! }))
  return { profiles, problems: [...parsed.flatMap(one => one.problems), ...taken].map(describe) }
}
