import { Command } from 'commander'
import type { CommandFile } from '../options.ts'

/** `pillion demo`: the main job, without a cluster. */
export const demo: CommandFile = (io, end) =>
  new Command('demo')
    .description(
      'start the real webhook on loopback, ask it about Pods as an API server would, and show its answers',
    )
    .option('-f, --filename <file>', 'a manifest of your own')
    .option('--profiles <directory>', 'the profiles to inject (default: the catalog)')
    .action(async (flags: { filename?: string; profiles?: string }) => {
      const { showDemo } = await import('./run.ts')
      end(await showDemo(flags, io))
    })
