import { Command } from 'commander'
import { type DefineCommand, outputOption, profilesOption } from '../options.ts'
import type { ProfilesFlags } from './run.ts'

/** `pillion profiles`: which profiles there are, and how to request them. */
export const command: DefineCommand = (io, end) =>
  new Command('profiles')
    .description('list the profiles, or show one with its parameters')
    .argument('[name]', 'name of the profile to show')
    .addOption(profilesOption('the catalog'))
    .addOption(outputOption('text', 'json'))
    .action(async (name: string | undefined, flags: ProfilesFlags) => {
      const { run } = await import('./run.ts')
      end(await run(name, flags, io))
    })
