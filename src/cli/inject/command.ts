import { Option } from 'commander'
import { type CommandFile, decidingCommand } from '../options.ts'

/** `pillion inject`: what the webhook would do to the Pods of a manifest, done to the manifest. */
export const inject: CommandFile = (io, end) =>
  decidingCommand('inject')
    .description('print manifests with what their Pods ask for in place')
    .addOption(
      new Option('-o, --output <format>', 'what to print')
        .choices(['yaml', 'json', 'patch', 'diff'])
        .default('yaml'),
    )
    .addHelpText(
      'after',
      '\nComments and the order of what is not touched stay. When anything is denied, nothing is printed.',
    )
    .action(async flags => {
      const { injectManifests } = await import('./run.ts')
      end(await injectManifests(flags, io))
    })
