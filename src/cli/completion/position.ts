import type { Command, Option } from 'commander'

/** What the words before the cursor mean. */
export interface Position {
  readonly command: Command
  /** The options so far, with their values. */
  readonly given: ReadonlyMap<Option, readonly string[]>
  readonly words: readonly string[]
  /** The option that wants a value next. */
  readonly awaiting?: Option
}

export function positionAfter(program: Command, words: readonly string[]): Position {
  let command = program
  let awaiting: Option | undefined
  let plain: string[] = []
  const given = new Map<Option, readonly string[]>()
  const give = (option: Option, ...values: readonly string[]) =>
    given.set(option, [...(given.get(option) ?? []), ...values])
  for (const word of words) {
    if (awaiting) {
      give(awaiting, word)
      awaiting = undefined
      continue
    }
    const [flag = '', ...value] = word.split('=')
    const option = command.options.find(({ short, long }) => flag === short || flag === long)
    const next = command.commands.find(each => each.name() === word)
    if (option) {
      give(option, ...(value.length > 0 ? [value.join('=')] : []))
      if (option.required && value.length === 0) awaiting = option
    } else if (next) [command, plain] = [next, []]
    else if (!word.startsWith('-')) plain.push(word)
  }
  return { command, given, words: plain, ...(awaiting && { awaiting }) }
}
