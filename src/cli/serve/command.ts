import { Command, Option } from 'commander'
import { readOptions, settings } from '../../server/options.ts'
import type { CommandFile } from '../options.ts'

/** `pillion serve`: the webhook. */
export const serve: CommandFile = (io, end) => {
  const command = new Command('serve').description(
    'run the admission webhook (every flag also as a variable)',
  )
  for (const { flag, argument, description, variable, default: fallback } of settings) {
    const text = fallback === undefined ? '' : `, default ${fallback}`
    command.addOption(new Option(`${flag} <${argument}>`, `${description} [${variable}${text}]`))
  }
  return command.action(async (values: Record<string, string | undefined>) => {
    const read = readOptions(values, process.env)
    if ('problems' in read) {
      for (const problem of read.problems) io.err(`${problem}\n`)
      return end(2)
    }
    const { serve } = await import('../../server/main.ts')
    const running = await serve(read.options)
    if (!('problems' in running)) return
    for (const problem of running.problems) io.err(`${problem}\n`)
    end(2)
  })
}
