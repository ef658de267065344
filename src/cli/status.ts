import type { CommandFile } from './command.ts'
import { installationCommand } from './doctor.ts'
import type { InstallationFlags } from './live/installation.ts'

/** `pillion status`: an installation on one screen. */
export const status: CommandFile = (io, end) =>
  installationCommand('status')
    .description('show the installation in a cluster: replicas, certificate, leader, profiles')
    .action(async (flags: InstallationFlags) => {
      const { showStatus } = await import('./installation-status.ts')
      end(await showStatus(flags, io))
    })
