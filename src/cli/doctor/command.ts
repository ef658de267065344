import { Command, Option } from 'commander'
import type { CommandFile } from '../options.ts'
import type { DoctorFlags } from './run.ts'

/** `pillion doctor`: whether the installation in a cluster works. */
export const doctor: CommandFile = (io, end) =>
  installationCommand('doctor')
    .description('check the installation in a cluster, with a hint for whatever is wrong')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nIt changes nothing, and sees what you may see: the rest is unknown. Exit code 1 when something is broken.',
    )
    .action(async (flags: DoctorFlags) => {
      const { examine } = await import('./run.ts')
      end(await examine(flags, io))
    })

/** A command about an installation, in the cluster of the kubeconfig or, in a Pod, in its own. */
export function installationCommand(name: string): Command {
  return new Command(name)
    .option('--name <name>', 'of the installation', 'pillion')
    .option('-n, --namespace <name>', 'of the installation (default: that of the Service which is called)')
    .option('--context <name>', 'of the kubeconfig, to look into another cluster than the current one')
}
