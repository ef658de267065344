import type { Command } from 'commander'
import type { ExitCode, Io } from '../io.ts'
import { type Shell, scripts } from './scripts.ts'
import { completionsOf } from './words.ts'

/** Prints the script of a shell, or what may come next on a command line of the program. */
export function run(_: object, io: Io, [shell, ...words]: readonly string[], completion: Command): ExitCode {
  const program = completion.parent ?? completion
  io.out(shell === 'words' ? completionLines(program, words) : scripts[shell as Shell])
  return 0
}

/**
 * A line for each word, with its description after a tab. The last line says whether file names fit as well (`:0`) or
 * not (`:4`), as kubectl expects it of plugins. https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
function completionLines(program: Command, typed: readonly string[]): string {
  const { words, files } = completionsOf(program, typed)
  const lines = words.map(({ word, description }) => (description ? `${word}\t${description}` : word))
  return [...lines, files ? ':0' : ':4', ''].join('\n')
}
