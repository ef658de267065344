import { Command } from 'commander'
import { type DefineCommand, profilesOption } from '../options.ts'
import type { DemoFlags } from './run.ts'

/** `pillion demo`: the webhook at work, without a cluster. */
export const command: DefineCommand = (io, end) =>
  new Command('demo')
    .description('start the webhook on loopback, send it Pods like an API server, and show its responses')
    .option('-f, --filename <file>', 'manifest with the Pods (default: two examples)')
    .addOption(profilesOption('the catalog'))
    .action(async (flags: DemoFlags) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
