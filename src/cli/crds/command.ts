import { Command, Option } from 'commander'
import type { CommandFile } from '../options.ts'
import type { CrdsFlags } from './run.ts'

/** `pillion crds`: the kinds of profiles, as this version has them. */
export const crds: CommandFile = (io, end) =>
  new Command('crds')
    .description('print the CustomResourceDefinitions of profiles, or bring those of a cluster up to date')
    .addOption(
      new Option('--apply', 'apply them, and wait until the cluster has taken them up').conflicts('delete'),
    )
    .option('--delete', 'delete them, and with them every profile')
    .option('--context <name>', 'of the kubeconfig, for another cluster than the current one')
    .action(async (flags: CrdsFlags) => {
      const { customResources } = await import('./run.ts')
      end(await customResources(flags, io))
    })
