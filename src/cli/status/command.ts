import type { InstallationFlags } from '../cluster/installation.ts'
import { type DefineCommand, installationCommand } from '../options.ts'

/** `pillion status`: an installation on one screen. */
export const command: DefineCommand = (io, end) =>
  installationCommand('status')
    .description('show the installation in a cluster: replicas, certificate, leader, profiles')
    .action(async (flags: InstallationFlags) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
