import { text } from 'node:stream/consumers'

/** What a command talks to: data goes to `out`, talk to `err`. */
export interface Io {
  out(text: string): void
  err(text: string): void
  stdin(): Promise<string>
  /** Whether `out` shows colours: a terminal, unless NO_COLOR says otherwise. */
  readonly isColoured: boolean
}

/** How a command ends: 0 done; 1 something is denied, invalid, missed or broken; 2 called wrongly, or no cluster answers. */
export type ExitCode = 0 | 1 | 2

/** The process's own streams. A reader that goes away ends the process quietly. */
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
