import { Command, Option } from 'commander'
import { contextOption, type DefineCommand } from '../options.ts'
import type { CrdsFlags } from './run.ts'

/** `pillion crds`: the CRDs of profiles, as this version has them. */
export const command: DefineCommand = (io, end) =>
  new Command('crds')
    .description('print the CustomResourceDefinitions of profiles, or update those of a cluster')
    .addOption(new Option('--apply', 'apply them, and wait until they are established').conflicts('delete'))
    .option('--delete', 'delete them, and every profile with them')
    .addOption(contextOption())
    .action(async (flags: CrdsFlags) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
