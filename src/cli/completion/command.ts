import { Argument, Command } from 'commander'
import type { CommandFile } from '../options.ts'
import { type Shell, scripts, shells } from './scripts.ts'
import { type Completion, completionsOf } from './words.ts'

/**
 * `pillion completion`: a script for a shell. Each of them asks `pillion completion words` what may come next, so
 * that none of them knows a command.
 */
export const completion: CommandFile = io => {
  const command = new Command('completion')
    .description('print the completion script of a shell, or of kubectl for its plugin')
    .addArgument(new Argument('<shell>', 'words completes the words after --').choices([...shells, 'words']))
    .argument('[words...]')
  return command.action((shell: Shell | 'words', words: readonly string[]) => {
    io.out(shell === 'words' ? protocol(completionsOf(command.parent ?? command, words)) : scripts[shell])
  })
}

/**
 * A line for each word, with its description after a tab, and a last one that tells whether file names fit, too
 * (`:0`) or do not (`:4`). kubectl asks its plugins so. https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
function protocol({ words, files }: Completion): string {
  const lines = words.map(({ word, description }) => (description ? `${word}\t${description}` : word))
  return [...lines, files ? ':0' : ':4', ''].join('\n')
}
