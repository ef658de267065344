import { Argument, Command } from 'commander'
import type { DefineCommand } from '../options.ts'
import { type Shell, shells } from './scripts.ts'

/** `pillion completion`: a script for a shell. Each script runs `pillion completion words`, and names no command itself. */
export const command: DefineCommand = (io, end) => {
  const completion = new Command('completion')
    .description('print the completion script of a shell, or of kubectl for its plugin')
    .addArgument(new Argument('<shell>', 'words completes the words after --').choices([...shells, 'words']))
    .argument('[words...]')
  return completion.action(async (shell: Shell | 'words', words: readonly string[]) => {
    const { run } = await import('./run.ts')
    end(run(shell, words, completion.parent ?? completion, io))
  })
}
