import { write, writeSync } from 'node:fs'

/**
 * Standard output for a log; no request waits for the reader. Lines become bytes at once, because strings that wait are
 * copied by each garbage collection, and are written 64 KB at a time, after 100 ms at the latest, or when the process
 * exits. At most 4 MiB wait for a slow reader. Further lines are dropped, and `tell` makes the line that says how many.
 * Why this is not pino's own destination: docs/decisions/0019-what-pays-in-a-review.md.
 */
export function standardOutput(tell: (dropped: number) => string, fd = 1) {
  let full: Buffer[] = []
  let block = Buffer.allocUnsafe(blockBytes)
  let used = 0
  let dropped = 0
  let isDue = false
  let isWriting = false
  let isGone = false
  let waiters: (() => void)[] = []

  function append(line: string): void {
    const most = line.length * mostBytesACharacter
    if (most > block.length - used) {
      full.push(block.subarray(0, used))
      block = Buffer.allocUnsafe(Math.max(most, blockBytes))
      used = 0
    }
    used += block.write(line, used)
  }

  function send(): void {
    isDue = false
    if (isWriting) return
    if (isGone || !hasLines()) {
      for (const resolve of waiters) resolve()
      waiters = []
      return
    }
    isWriting = true
    writeAll(fd, taken(), error => {
      isWriting = false
      isGone = error !== undefined
      if (full.length > 0 || waiters.length > 0) send()
    })
  }

  const hasLines = () => used > 0 || full.length > 0

  function taken(): Buffer {
    if (dropped > 0) append(tell(dropped))
    const bytes = Buffer.concat([...full, block.subarray(0, used)])
    full = []
    used = 0
    dropped = 0
    return bytes
  }

  process.once('exit', () => {
    // Node waits for a write that has begun. If that one is stuck, another one would be, too.
    if (isWriting || isGone || !hasLines()) return
    try {
      writeSync(fd, taken())
    } catch {
      // The reader is gone.
    }
  })

  return {
    write(line: string) {
      if (isGone) return
      if (full.length >= mostBlocks) {
        dropped++
        return
      }
      append(line)
      if (full.length > 0) send()
      else if (!isDue) {
        isDue = true
        setTimeout(send, 100).unref()
      }
    },
    /** Resolves when all lines so far are written, or when the reader is gone. */
    flushed: () =>
      new Promise<void>(resolve => {
        waiters.push(resolve)
        send()
      }),
  }
}

// A write wakes a thread, which costs as much as making a hundred lines.
const blockBytes = 64 * 1_024
const mostBlocks = 64
// In UTF-8, for one code unit of a string.
const mostBytesACharacter = 3

/** Writes all bytes, in parts when the pipe is full; `done` gets the error when the reader is gone. */
function writeAll(fd: number, bytes: Buffer, done: (error?: Error) => void): void {
  write(fd, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(fd, bytes, done), 50)
    else if (error) done(error)
    else if (written < bytes.length) writeAll(fd, bytes.subarray(written), done)
    else done()
  })
}
