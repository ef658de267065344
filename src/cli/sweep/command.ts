import { Command, Option } from 'commander'
import type { CommandFile } from '../options.ts'
import type { SweepFlags } from './run.ts'

/** `pillion sweep`: which Pods of a cluster run without what they asked for. */
export const sweep: CommandFile = (io, end) =>
  new Command('sweep')
    .description(
      'list the Pods of a cluster that run without what they asked for, or with an earlier revision',
    )
    .addOption(new Option('-n, --namespace <name>', "the namespace to look at (default: the context's)"))
    .addOption(new Option('-A, --all-namespaces', 'look at all namespaces').conflicts('namespace'))
    .option('--context <name>', 'of the kubeconfig, to look into another cluster than the current one')
    .option('--profiles <directory>', "the profiles (default: the cluster's custom resources)")
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nIt changes nothing, and sees what you may see. Exit code 1 when there is such a Pod.',
    )
    .action(async (flags: SweepFlags) => {
      const { sweepCluster } = await import('./run.ts')
      end(await sweepCluster(flags, io))
    })
