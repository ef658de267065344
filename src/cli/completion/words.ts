import type { Argument, Command, Option } from 'commander'

/** What can come at the end of a command line. */
export interface Completion {
  readonly words: readonly Suggestion[]
  /** Whether the name of a file fits as well. */
  readonly files: boolean
}

export interface Suggestion {
  readonly word: string
  readonly description?: string
}

/**
 * Completes the last of the words after the program's name, which may be empty, from the tree of commands. Where the
 * values of an option or argument are not known, a file name fits.
 */
export function completionsOf(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  const { command, awaiting, given, position } = placeIn(program, words.slice(0, -1))
  if (awaiting) return valuesOf(awaiting, typed)
  if (typed.startsWith('-')) return { words: flagsOf(command, given).filter(begins(typed)), files: false }
  const argument = command.registeredArguments[position] ?? lastIfVariadic(command)
  if (argument) return valuesOf(argument, typed)
  return { words: commandsOf(command).filter(begins(typed)), files: false }
}

interface Place {
  readonly command: Command
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined
  readonly given: ReadonlySet<Option>
  /** The index of the next argument. */
  readonly position: number
}

function placeIn(program: Command, words: readonly string[]): Place {
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
    if (option) {
      given.add(option)
      if (option.required && !word.includes('=')) awaiting = option
      continue
    }
    const next = command.commands.find(each => each.name() === word)
    if (next) [command, position] = [next, 0]
    else if (!word.startsWith('-')) position++
  }
  return { command, awaiting, given, position }
}

function valuesOf({ argChoices }: Argument | Option, typed: string): Completion {
  const words = (argChoices ?? []).map(word => ({ word }))
  return { words: words.filter(begins(typed)), files: argChoices === undefined }
}

/** All flags, without those that are given already and may not be repeated. */
function flagsOf(command: Command, given: ReadonlySet<Option>): Suggestion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(option => !given.has(option) || option.parseArg)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', description }))
}

function commandsOf(command: Command): Suggestion[] {
  const help = command.createHelp()
  return help
    .visibleCommands(command)
    .map(each => ({ word: each.name(), description: help.subcommandDescription(each) }))
}

function lastIfVariadic({ registeredArguments }: Command): Argument | undefined {
  const last = registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

function begins(typed: string): (suggestion: Suggestion) => boolean {
  return ({ word }) => word.startsWith(typed)
}
