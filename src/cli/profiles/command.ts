import { Command, Option } from 'commander'
import type { CommandFile } from '../options.ts'

/** `pillion profiles`: what can be asked for, and how. */
export const profiles: CommandFile = (io, end) =>
  new Command('profiles')
    .description('list the profiles, or show one with its parameters')
    .argument('[name]', 'the profile to show')
    .option('--profiles <directory>', 'the profiles (default: the catalog)')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .action(async (name: string | undefined, flags: { profiles?: string; output: 'text' | 'json' }) => {
      const { showProfiles } = await import('./run.ts')
      end(await showProfiles(name, flags, io))
    })
