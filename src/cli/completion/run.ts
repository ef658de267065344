import type { Argument, Command, Option } from 'commander'
import type { ExitCode, Io } from '../io.ts'
import { type Shell, scripts } from './scripts.ts'

/** Prints the script of a shell, or what may come next on a command line of the program. */
export function run(_: object, io: Io, [shell, ...words]: readonly string[], completion: Command): ExitCode {
  const program = completion.parent ?? completion
  io.out(shell === 'words' ? completed(program, words) : scripts[shell as Shell])
  return 0
}

/**
 * Completes the last of the words after the program's name, which may be empty. Gives a line for each suggestion, with
 * its description after a tab. The last line says whether file names fit as well (`:0`) or not (`:4`), as kubectl expects
 * it of plugins. https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
function completed(program: Command, words: readonly string[]): string {
  const typed = words.at(-1) ?? ''
  const next = nextAt(program, words.slice(0, -1), typed.startsWith('-'))
  // A value that is not one of known choices can be a file name.
  const suggestions = 'required' in next ? next.argChoices : next
  const fitting = (suggestions ?? []).filter(line => line.startsWith(typed))
  return [...fitting, suggestions ? ':4' : ':0', ''].join('\n')
}

/** What can come after some words: the value of an option, an argument, or one of these flags or commands. */
function nextAt(
  program: Command,
  words: readonly string[],
  isFlag: boolean,
): Option | Argument | readonly string[] {
  let command = program
  let awaiting: Option | undefined
  let position = 0
  const given = new Set<Option>()
  for (const word of words) {
    if (awaiting) {
      awaiting = undefined
      continue
    }
    const [flag] = word.split('=')
    const option = command.options.find(({ short, long }) => flag === short || flag === long)
    const next = command.commands.find(each => each.name() === word)
    if (option) {
      given.add(option)
      if (option.required && !word.includes('=')) awaiting = option
    } else if (next) [command, position] = [next, 0]
    else if (!word.startsWith('-')) position++
  }
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument = registeredArguments[position] ?? (last?.variadic ? last : undefined)
  if (awaiting) return awaiting
  if (isFlag) return flagsOf(command, given)
  return argument ?? commandsOf(command)
}

/** All flags, without those that are given already and may not be repeated. */
function flagsOf(command: Command, given: ReadonlySet<Option>): readonly string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(option => !given.has(option) || option.parseArg)
    .map(({ long, short, description }) => `${long ?? short}\t${description}`)
}

function commandsOf(command: Command): readonly string[] {
  const help = command.createHelp()
  return help.visibleCommands(command).map(each => `${each.name()}\t${help.subcommandDescription(each)}`)
}
