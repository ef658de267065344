import { Command } from 'commander'
import {
  contextOption,
  type DefineCommand,
  filenameOption,
  installationOption,
  outputOption,
  withDecisionOptions,
} from '../options.ts'
import type { ExplainFlags } from './run.ts'

/** `pillion explain`: what Pillion does to the Pods of a manifest or of a cluster, and why. */
export const command: DefineCommand = (io, end) =>
  withDecisionOptions(new Command('explain').addOption(filenameOption()))
    .description(
      'explain what each workload of a manifest (-f), or one workload of the cluster, gets and why',
    )
    .argument('[type]', 'type of a workload in the cluster, as in kubectl: pod, deploy, sts, …; or TYPE/NAME')
    .argument('[name]', 'name of the workload')
    .addOption(contextOption())
    .addOption(installationOption())
    .addOption(outputOption('text', 'json'))
    .action(
      async (type: string | undefined, name: string | undefined, flags: ExplainFlags, explain: Command) => {
        const { run } = await import('./run.ts')
        const words = [type, name].filter(word => word !== undefined)
        end(await run(words, flags, option => explain.getOptionValueSource(option) === 'cli', io))
      },
    )
