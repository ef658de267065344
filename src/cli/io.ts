import { text } from 'node:stream/consumers'
import { oneLine } from '../problems/one-line.ts'
import { withoutControls } from './output/terminal.ts'

/** The streams of a command: results go to `out`; warnings, problems and progress go to `err`. */
export interface Io {
  out(text: string): void
  err(text: string): void
  stdin(): Promise<string>
  /** Whether `out` is a terminal that shows colours; NO_COLOR turns them off. */
  readonly isColoured: boolean
  /** Shows a line in place of the one before; an empty one removes it. Absent if `err` is no terminal. */
  progress?(line: string): void
}

/** 0: done. 1: something is denied, invalid, missed or broken. 2: wrong usage, or no cluster answers. */
export type ExitCode = 0 | 1 | 2

/** Ends a command: `main` prints the problems, one on each line, and returns the exit code. */
export class Failure extends Error {
  readonly code: ExitCode
  readonly problems: readonly string[]

  constructor(code: ExitCode, ...problems: readonly string[]) {
    super(problems.join('\n'))
    this.code = code
    this.problems = problems
  }
}

/** Prints a value as indented JSON. */
export function printJson(value: unknown, io: Io): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`)
}

/** The results of all promises. When some of them fail, their problems end the command together. */
export async function allOf<const T extends readonly Promise<unknown>[]>(promises: T) {
  const settled = await Promise.allSettled(promises)
  const reasons: unknown[] = settled.flatMap(each => (each.status === 'rejected' ? [each.reason] : []))
  const failures = reasons.filter(reason => reason instanceof Failure)
  if (failures.length === 0) return Promise.all(promises)
  const isUnusable = failures.some(({ code }) => code === 2)
  throw new Failure(isUnusable ? 2 : 1, ...failures.flatMap(({ problems }) => problems))
}

/** The streams of the process. When the reader of stdout closes it, the process ends without an error. */
export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  const { stdout, stderr } = process
  return {
    // A pipe and a file get manifests as they are.
    out: text => void stdout.write(stdout.isTTY ? withoutControls(text) : text),
    // Messages often reach a terminal through a log.
    err: text => void stderr.write(withoutControls(text)),
    stdin: () => text(process.stdin),
    isColoured: process.stdout.isTTY === true && process.stdout.hasColors(),
    ...(process.stderr.isTTY && { progress }),
  }
}

/** A line that is longer than the terminal would stay there. https://en.wikipedia.org/wiki/ANSI_escape_code#CSI */
function progress(line: string): void {
  const shown = oneLine(line).slice(0, process.stderr.columns - 1)
  process.stderr.write(`\r\u001B[2K${shown}`)
}
