import { text } from 'node:stream/consumers'

/** The streams of a command: results go to `out`; warnings, problems and progress go to `err`. */
export interface Io {
  out(text: string): void
  err(text: string): void
  stdin(): Promise<string>
  /** Whether `out` is a terminal that shows colours; NO_COLOR turns them off. */
  readonly isColoured: boolean
}

/** 0: done. 1: something is denied, invalid, missed or broken. 2: wrong usage, or no cluster answers. */
export type ExitCode = 0 | 1 | 2

/** The streams of the process. When the reader of stdout closes it, the process ends without an error. */
export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  return {
    out: text => process.stdout.write(text),
    err: text => process.stderr.write(text),
    stdin: () => text(process.stdin),
    isColoured: process.stdout.isTTY === true && process.stdout.hasColors(),
  }
}
