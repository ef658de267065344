import { didYouMean } from '../../problems/nearest.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { columns } from '../output/columns.ts'
import texts from './reasons.gen.json' with { type: 'json' }

/** Lists the reasons of decisions, each with its first sentence, or prints what one means and what to do. */
export function run(_: object, io: Io, [name]: readonly string[]): ExitCode {
  const all = new Map<string, string>(Object.entries(texts))
  if (name === undefined) {
    io.out(
      columns([['REASON', 'MEANING'], ...Array.from(all, ([reason, text]) => [reason, firstSentence(text)])]),
    )
    return 0
  }
  const found = [...all].find(([reason]) => reason.toLowerCase() === name.toLowerCase())
  if (!found) {
    const hint = didYouMean(name, all.keys()) || '; pillion reasons lists them'
    throw new Failure(2, `there is no reason ${JSON.stringify(name)}${hint}`)
  }
  io.out(`${found[0]}\n\n${found[1]}\n`)
  return 0
}

function firstSentence(text: string): string {
  const [paragraph = ''] = text.split('\n\n')
  const line = paragraph.replaceAll('\n', ' ')
  const end = line.indexOf('. ')
  return end < 0 ? line : line.slice(0, end + 1)
}
