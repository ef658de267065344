import { describe, type Problem } from '../../problems/problem.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { givesNothing } from '../../profile/check/file-only.ts'
import { inCycles } from '../../profile/order/profile-cycles.ts'
import { excesses } from '../../profile/pod-security/level.ts'
import type { Profile } from '../../profile/profile.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { readTexts } from '../manifests/read.ts'

/** Prints whether the profiles in files are valid, each by itself and all together; 1 when one is not. */
export async function run({ filename }: { readonly filename: readonly string[] }, io: Io): Promise<ExitCode> {
  const texts = await readTexts(filename, io)
  const parsed = texts.map(([file, text]) => ({ file, ...parseProfiles(text, file) }))
  const fileOf = new Map(parsed.flatMap(({ file, profiles }) => profiles.map(profile => [profile, file])))
  const all = [...fileOf.keys()]
  const inFile = ([profile, problem]: About): string => {
    const file = fileOf.get(profile)
    return describe({ ...problem, ...(file !== undefined && { file }) })
  }
  const empty = all.flatMap((profile): About[] => {
    const problem = givesNothing(profile)
    return problem ? [[profile, problem]] : []
  })
  const problems = [
    ...parsed.flatMap(one => one.problems).map(describe),
    ...[...conflictsOf(all), ...empty].map(inFile),
  ]
  if (problems.length > 0) throw new Failure(1, ...problems)
  for (const [profile, file] of fileOf)
    io.out(`${file}: ${profile.kind}/${profile.name} is valid (revision ${profile.revision})\n`)
  for (const advice of parsed.flatMap(one => one.advice)) io.err(`advice: ${describe(advice)}\n`)
  // Only warnings: they depend on the labels of the namespace, which are not known here.
  for (const [profile, file] of fileOf)
    for (const excess of excesses(profile, {})) io.err(`warning: ${describe({ ...excess, file })}\n`)
  if (fileOf.size === 0) io.err('no profiles in these files\n')
  return 0
}

type About = readonly [profile: Profile, problem: Problem]

/** Problems between profiles: a name that is taken, an order that is a cycle. */
function conflictsOf(profiles: readonly Profile[]): readonly About[] {
  const collected = collect(profiles)
  return [
    ...collected.refused.map(({ profile, problem }): About => [profile, problem]),
    ...inCycles(collected.profiles.all),
  ]
}
