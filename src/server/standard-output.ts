import { write, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

export interface StandardOutput extends DestinationStream {
  /** When all lines until now are written, or nobody can read them any more. */
  flushed(): Promise<void>
}

/**
 * Standard output for a log, in which no call waits for whoever reads it. Lines are written some at a time, after
 * 100 ms at the latest, and those left when the process exits then. Of what nobody reads 4 MiB are kept; lines beyond
 * are dropped, and how many, is a line of its own later: `tell` makes it.
 */
export function standardOutput(tell: (dropped: number) => string, fd = 1): StandardOutput {
  let waiting: string[] = []
  let length = 0
  let dropped = 0
  let isDue = false
  let isWriting = false
  let isGone = false
  let waiters: (() => void)[] = []

  function send(): void {
    isDue = false
    if (isWriting) return
    if (waiting.length === 0 || isGone) {
      settle()
      return
    }
    isWriting = true
    writeAll(fd, Buffer.from(taken()), error => {
      isWriting = false
      isGone = error !== undefined
      if (length >= enough || waiters.length > 0) send()
    })
  }

  function taken(): string {
    if (dropped > 0) waiting.push(tell(dropped))
    const text = waiting.join('')
    waiting = []
    length = 0
    dropped = 0
    return text
  }

  function settle(): void {
    const settled = waiters
    waiters = []
    for (const resolve of settled) resolve()
  }

  process.once('exit', () => {
    // One that is under way is waited for by Node; behind one that gets nowhere nothing would.
    if (isWriting || isGone || waiting.length === 0) return
    try {
      writeSync(fd, taken())
    } catch {
      // Nobody reads any more.
    }
  })

  return {
    write(line) {
      if (isGone) return
      if (length + line.length > most) {
        dropped++
        return
      }
      waiting.push(line)
      length += line.length
      if (length >= enough) send()
      else if (!isDue) {
        isDue = true
        setTimeout(send, 100).unref()
      }
    },
    flushed: () =>
      new Promise(resolve => {
        waiters.push(resolve)
        send()
      }),
  }
}

// A write wakes a thread, which costs as much as making a hundred lines.
const enough = 64 * 1_024
const most = 4 * 1_024 * 1_024

/** Writes it all, in parts when the kernel takes no more; the error of a reader who is gone. */
function writeAll(fd: number, bytes: Buffer, done: (error?: Error) => void): void {
  write(fd, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(fd, bytes, done), 50)
    else if (error) done(error)
    else if (written < bytes.length) writeAll(fd, bytes.subarray(written), done)
    else done()
  })
}
