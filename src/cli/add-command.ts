import { type Command, Option } from 'commander'
import { examplesText } from './examples.ts'
import type { ExitCode, Io } from './io.ts'

/** The code of a command. It is loaded when the command runs, so that `--help` loads no more than the options. */
type Load = () => Promise<{
  run(flags: never, io: Io, words: readonly string[], command: Command): ExitCode | Promise<ExitCode>
}>

export type AddCommand = (
  name: string,
  description: string,
  load: Load,
  ...options: readonly Option[]
) => Command

/** Adds commands to a program, or to a command that has others below it. */
export function addTo(parent: Command, io: Io, end: (code: ExitCode) => void): AddCommand {
  return (name, description, load, ...options) => {
    // Hidden: only the scripts of completion/ call such a command.
    const command = parent.command(name, { hidden: name.startsWith('_') }).description(description)
    command.addHelpText('after', examplesText(parent.parent ? `${parent.name()} ${name}` : name))
    for (const option of options) command.addOption(option)
    return command.action(async () => {
      const { run } = await load()
      end(await run(command.opts<never>(), io, command.args, command))
    })
  }
}

export function output(first: string, ...others: readonly string[]): Option {
  return new Option('-o, --output <format>', 'output format').choices([first, ...others]).default(first)
}
