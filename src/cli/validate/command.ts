import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../../profile/profile.ts'
import { type CommandFile, manifestCommand } from '../options.ts'

/** `pillion validate`: whether profiles would be accepted. */
export const validate: CommandFile = (io, end) =>
  manifestCommand('validate')
    .description('check profiles; every problem with its file, line and column')
    .action(async (flags: { filename: readonly string[] }) => {
      const [{ readTexts }, { complain }, { parseProfiles }, { describe }, { excesses }, { givesNothing }] =
        await Promise.all([
          import('../manifests/read.ts'),
          import('../manifests/decide.ts'),
          import('../../profile/yaml/parse.ts'),
          import('../../problems/problem.ts'),
          import('../../profile/pod-security/level.ts'),
          import('../../profile/check/file-only.ts'),
        ])
      const read = await readTexts(flags.filename, io)
      if ('problems' in read) return end(complain(read, io))
      const parsed = read.texts.map(([file, text]) => ({ file, ...parseProfiles(text, file) }))
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
        ...[...(await atOdds(all)), ...empty].map(inFile),
      ]
      if (problems.length > 0) return end(complain({ problems, unusable: false }, io))
      for (const [profile, file] of fileOf)
        io.out(`${file}: ${profile.kind}/${profile.name} is valid (revision ${profile.revision})\n`)
      for (const advice of parsed.flatMap(one => one.advice)) io.err(`advice: ${describe(advice)}\n`)
      // The labels of its namespace decide, which are not known here.
      for (const [profile, file] of fileOf)
        for (const excess of excesses(profile, {})) io.err(`warning: ${describe({ ...excess, file })}\n`)
      if (fileOf.size === 0) io.err('no profiles in these files\n')
      end(0)
    })

type About = readonly [profile: Profile, problem: Problem]

/** What is wrong with profiles that stand together: names taken, and orders in a circle. */
async function atOdds(profiles: readonly Profile[]): Promise<readonly About[]> {
  const [{ collect }, { inCycles }] = await Promise.all([
    import('../../profile/accept/profiles.ts'),
    import('../../profile/order/profile-cycles.ts'),
  ])
  const collected = collect(profiles)
  return [
    ...collected.refused.map(({ profile, problem }): About => [profile, problem]),
    ...inCycles(collected.profiles.all),
  ]
}
