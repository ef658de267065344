import { Command, Option } from 'commander'
import { contextOption, type DefineCommand, outputOption, profilesOption } from '../options.ts'
import type { SweepFlags } from './run.ts'

/** `pillion sweep`: lists the Pods of a cluster that lack what they requested. */
export const command: DefineCommand = (io, end) =>
  new Command('sweep')
    .description('list the Pods of a cluster that lack what they requested, or have an earlier revision')
    .addOption(new Option('-n, --namespace <name>', "namespace of the Pods (default: the context's)"))
    .addOption(new Option('-A, --all-namespaces', 'Pods of all namespaces').conflicts('namespace'))
    .addOption(contextOption())
    .addOption(profilesOption("the cluster's custom resources"))
    .addOption(outputOption('text', 'json'))
    .addHelpText(
      'after',
      '\nIt changes nothing, and uses your permissions. Exit code 1 when there is such a Pod.',
    )
    .action(async (flags: SweepFlags) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
