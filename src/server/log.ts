import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
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

/** The same as a line of such a log, for when lines of it were dropped. */
export function droppedLine(dropped: number): string {
  let text = ''
  const log = createLog('warn', {
    write: line => {
      text = line
    },
  })
  log.warn({ dropped }, 'nobody read the log: lines were dropped')
  return text
}
