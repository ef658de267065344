import type { Argument, Command, Option } from 'commander'
import { oneLine } from '../../problems/one-line.ts'
import { isRepeatable } from '../cluster/options.ts'
import type { ExitCode, Io } from '../io.ts'
import { type Position, positionAfter } from './position.ts'
import { valuesFor } from './values.ts'

/**
 * Completes the last of the words after the program's name, which may be empty. Gives a line for each suggestion, with
 * its description after a tab. The last line says whether file names fit as well (`:0`) or not (`:4`), as kubectl expects
 * it of plugins. https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
export async function run(
  _: object,
  io: Io,
  words: readonly string[],
  { parent }: Command,
): Promise<ExitCode> {
  if (!parent) return 2
  const typed = words.at(-1) ?? ''
  const position = positionAfter(parent, words.slice(0, -1))
  const next = nextAt(position, typed.startsWith('-'))
  // A value that is not one of known choices can be a file name.
  const suggestions =
    'required' in next ? (next.argChoices ?? (await valuesFor(next, position, typed))) : next
  const fitting = (suggestions ?? []).filter(line => line.startsWith(typed)).flatMap(harmless)
  io.out([...fitting, suggestions ? ':4' : ':0', ''].join('\n'))
  return 0
}

/**
 * A suggestion whose word has no special characters of a shell, because bash does not quote it, and the name of a context can
 * be any text. Its description is one line, because another line would be another suggestion.
 */
function harmless(suggestion: string): readonly string[] {
  const [word = '', ...description] = suggestion.split('\t')
  if (special.test(word)) return []
  return description.length === 0 ? [word] : [`${word}\t${oneLine(description.join(' '))}`]
}

const special = /[\s\p{Cc}\p{Cf}$`'"\\;&|<>(){}[\]*?!#~^]/u

/** What can come next: the value of an option, an argument, or one of these flags or commands. */
function nextAt(
  { command, given, words, awaiting }: Position,
  isFlag: boolean,
): Option | Argument | readonly string[] {
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument = registeredArguments[words.length] ?? (last?.variadic ? last : undefined)
  if (awaiting) return awaiting
  if (isFlag) return flagsOf(command, given)
  return argument ?? commandsOf(command)
}

/** All flags, without those that are given already and may not be repeated. */
function flagsOf(command: Command, given: Position['given']): readonly string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(option => !given.has(option) || isRepeatable(option))
    .map(({ long, short, description }) => `${long ?? short}\t${description}`)
}

function commandsOf(command: Command): readonly string[] {
  const help = command.createHelp()
  return help.visibleCommands(command).map(each => `${each.name()}\t${help.subcommandDescription(each)}`)
}
