import type { InstallationFlags } from '../cluster/installation.ts'
import { installationCommand } from '../doctor/command.ts'
import type { CommandFile } from '../options.ts'

/** `pillion status`: an installation on one screen. */
export const status: CommandFile = (io, end) =>
  installationCommand('status')
    .description('show the installation in a cluster: replicas, certificate, leader, profiles')
    .action(async (flags: InstallationFlags) => {
      const { showStatus } = await import('./run.ts')
      end(await showStatus(flags, io))
    })
