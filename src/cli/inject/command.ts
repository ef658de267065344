import { type DefineCommand, decisionCommand, outputOption } from '../options.ts'

/** `pillion inject`: applies what the webhook would do to the Pods of a manifest. */
export const command: DefineCommand = (io, end) =>
  decisionCommand('inject')
    .description('print manifests with what Pillion would inject into their Pods')
    .addOption(outputOption('yaml', 'json', 'patch', 'diff'))
    .addHelpText(
      'after',
      '\nComments and the order of unchanged fields stay. When a Pod is denied, nothing is printed.',
    )
    .action(async flags => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
