import { Command, Option } from 'commander'
import { settings } from '../../server/options.ts'
import type { DefineCommand } from '../options.ts'

/** `pillion serve`: the webhook. */
export const command: DefineCommand = (io, end) => {
  const serve = new Command('serve').description(
    'run the admission webhook; each option can also be set by an environment variable',
  )
  for (const { flag, argument, description, variable, default: fallback } of settings) {
    const text = fallback === undefined ? '' : `, default ${fallback}`
    serve.addOption(new Option(`${flag} <${argument}>`, `${description} [${variable}${text}]`))
  }
  return serve.action(async (flags: Record<string, string | undefined>) => {
    const { run } = await import('./run.ts')
    end(await run(flags, io))
  })
}
