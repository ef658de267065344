import { write, writeSync } from 'node:fs'

/**
 * Standard output for a log; no request waits for it. Lines become bytes at once, because strings that wait are copied by
 * each garbage collection, and are written 64 KB at a time, after 100 ms at the latest, or when the process exits. A write
 * that fails is repeated each second: a full disk gets room again, and a pipe another reader. At most 4 MiB wait meanwhile,
 * or for a slow reader. Further lines are dropped, and `tell` makes the line that says how many.
 * Why this is not pino's own destination: docs/decisions/0019-what-pays-in-a-review.md.
 */
export function standardOutput(tell: (dropped: number) => string, fd = 1) {
  let full: Buffer[] = []
  let block = Buffer.allocUnsafe(blockBytes)
  let used = 0
  let dropped = 0
  let untold = 0
  let isDue = false
  let isWriting = false
  let waiters: (() => void)[] = []
  /** Repeats the write that failed. */
  let again: (() => void) | undefined

  function append(line: string): void {
    const most = line.length * mostBytesACharacter
    if (most > block.length - used) {
      full.push(block.subarray(0, used))
      block = Buffer.allocUnsafe(Math.max(most, blockBytes))
      used = 0
    }
    used += block.write(line, used)
  }

  function sendSoon(): void {
    if (isDue) return
    isDue = true
    setTimeout(send, 100).unref()
  }

  function send(): void {
    isDue = false
    if (isWriting) return
    if (hasLines()) {
      isWriting = true
      writeAll(taken())
    } else release()
  }

  /** Writes all bytes, in parts when the pipe is full. */
  function writeAll(bytes: Buffer): void {
    write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => writeAll(bytes), 50)
      else if (error) repeatLater(bytes)
      else if (written < bytes.length) writeAll(bytes.subarray(written))
      else {
        isWriting = false
        if (full.length > 0 || waiters.length > 0) send()
        else if (hasLines()) sendSoon()
      }
    })
  }

  function repeatLater(bytes: Buffer): void {
    const timer = setTimeout(() => again?.(), repeatMs).unref()
    again = () => {
      clearTimeout(timer)
      again = undefined
      writeAll(bytes)
    }
    release()
  }

  function release(): void {
    for (const resolve of waiters) resolve()
    waiters = []
  }

  const hasLines = () => used > 0 || full.length > 0

  function taken(): Buffer {
    if (untold > 0) append(tell(untold))
    const bytes = Buffer.concat([...full, block.subarray(0, used)])
    full = []
    used = 0
    untold = 0
    return bytes
  }

  process.once('exit', () => {
    // Node waits for a write that has begun. If that one is stuck or has failed, another one would be, too.
    if (isWriting || !hasLines()) return
    try {
      writeSync(fd, taken())
    } catch {
      // The reader is gone, or the disk is full.
    }
  })

  return {
    write(line: string) {
      if (full.length >= mostBlocks) {
        dropped++
        untold++
        return
      }
      append(line)
      if (full.length > 0) send()
      else sendSoon()
    },
    /** Number of lines that were dropped. */
    dropped: () => dropped,
    /** Resolves when all lines so far are written, or when a write has failed. */
    flushed: () =>
      new Promise<void>(resolve => {
        waiters.push(resolve)
        if (again) again()
        else send()
      }),
  }
}

// A write wakes a thread, which costs as much as making a hundred lines.
const blockBytes = 64 * 1_024
const mostBlocks = 64
const repeatMs = 1_000
// In UTF-8, for one code unit of a string.
const mostBytesACharacter = 3
