import { type DefineCommand, manifestCommand } from '../options.ts'

/** `pillion validate`: whether profiles would be accepted. */
export const command: DefineCommand = (io, end) =>
  manifestCommand('validate')
    .description('check profiles; each problem with its file, line and column')
    .action(async (flags: { filename: readonly string[] }) => {
      const { run } = await import('./run.ts')
      end(await run(flags, io))
    })
