import { Option } from 'commander'
import { type CommandFile, manifestCommand } from '../options.ts'

/** `pillion uninject`: the inverse of `inject`. */
export const uninject: CommandFile = (io, end) =>
  manifestCommand('uninject')
    .description('print manifests without what Pillion added to them')
    .addOption(
      new Option('-o, --output <format>', 'what to print')
        .choices(['yaml', 'json', 'patch', 'diff'])
        .default('yaml'),
    )
    .action(async flags => {
      const { uninjectManifests } = await import('../inject/run.ts')
      end(await uninjectManifests(flags, io))
    })
