import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from './options.ts'

/** JSON, one line an event, without the process id and host name that the cluster adds anyway. */
export function createLog(level: LogLevel, to: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, to)
}

/**
 * Standard output, in which no call waits for whoever reads it: lines go there some at a time, after 100 ms at
 * the latest, and all of them when the process exits. When nobody reads, what is beyond 4 MiB is dropped, and
 * how much that was is a line of its own later.
 */
export function standardOutput(): DestinationStream {
  const stream = destination({ dest: 1, sync: false, minLength: 4_096, maxLength: 4 * 1_024 * 1_024 })
  let dropped = 0
  let isDue = false
  const flush = () => {
    isDue = false
    stream.flush()
  }
  stream.on('drop', () => dropped++)
  stream.on('drain', () => {
    if (dropped === 0) return
    createLog('warn', stream).warn({ dropped }, 'nobody read the log: lines were dropped')
    dropped = 0
  })
  return {
    write(line) {
      stream.write(line)
      if (isDue) return
      isDue = true
      setTimeout(flush, 100).unref()
    },
  }
}
