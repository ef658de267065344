import { type DefineCommand, installationCommand, outputOption } from '../options.ts'
import type { DoctorFlags } from './run.ts'

/** `pillion doctor`: checks whether the installation in a cluster works. */
export const command: DefineCommand = (io, end) =>
  installationCommand('doctor')
    .description('check the installation in a cluster, with a hint for each problem')
    .addOption(outputOption('text', 'json'))
    .addHelpText(
      'after',
      '\nIt changes nothing, and uses your permissions: what you may not see is unknown. Exit code 1 when something is broken.',
    )
    .action(async (flags: DoctorFlags) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
