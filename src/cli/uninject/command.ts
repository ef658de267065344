import { type DefineCommand, manifestCommand, outputOption } from '../options.ts'

/** `pillion uninject`: the inverse of `inject`. */
export const command: DefineCommand = (io, end) =>
  manifestCommand('uninject')
    .description('print manifests without what Pillion injected')
    .addOption(outputOption('yaml', 'json', 'patch', 'diff'))
    .action(async flags => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
