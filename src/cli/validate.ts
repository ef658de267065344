import { type CommandFile, manifestCommand } from './command.ts'

/** `pillion validate`: whether profiles would be accepted. */
export const validate: CommandFile = (io, end) =>
  manifestCommand('validate')
    .description('check profiles; every problem with its file, line and column')
    .action(async (flags: { filename: readonly string[] }) => {
      const [{ readTexts }, { complain }, { parseProfiles }, { collect }, { describe }, { excesses }] =
        await Promise.all([
          import('./manifests.ts'),
          import('./deciding.ts'),
          import('../profile/parse.ts'),
          import('../profile/profiles.ts'),
          import('../profile/problem.ts'),
          import('../profile/pod-security-level.ts'),
        ])
      const read = await readTexts(flags.filename, io)
      if ('problems' in read) return end(complain(read, io))
      const parsed = read.texts.map(([file, text]) => ({ file, ...parseProfiles(text, file) }))
      const fileOf = new Map(parsed.flatMap(({ file, profiles }) => profiles.map(profile => [profile, file])))
      const taken = collect([...fileOf.keys()]).refused.map(({ profile, problem }) => {
        const file = fileOf.get(profile)
        return { ...problem, ...(file !== undefined && { file }) }
      })
      const problems = [...parsed.flatMap(one => one.problems), ...taken].map(describe)
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
