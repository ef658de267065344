import type { ExitCode, Io } from './io.ts'
import { main } from './main.ts'

interface Said {
  out: string
  err: string
}

/** Streams without a terminal, and what was written to them. */
export function recordingIo(stdin = ''): { readonly io: Io; readonly said: Readonly<Said> } {
  const said: Said = { out: '', err: '' }
  const io: Io = {
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
    stdin: async () => stdin,
    isColoured: false,
  }
  return { io, said }
}

/** What a command printed, and how it ended. */
export interface Ran extends Readonly<Said> {
  readonly code: ExitCode
}

/** Runs a command line of Pillion in this process: `['inject', '-f', '-']`. */
export async function pillionWith(args: readonly string[], stdin = ''): Promise<Ran> {
  const { io, said } = recordingIo(stdin)
  return { code: await main(['node', 'pillion', ...args], io), ...said }
}
