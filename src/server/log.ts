import { type LogLevel, logLevels } from './options.ts'

/** Writes a line with these fields, if its level is logged. The values of the fields are JSON, or undefined. */
type Write = (fields: object, message: string) => void

/** JSON, one line an event. It does not name the process or the host: the cluster's log collector adds the Pod. */
export type Log = Readonly<Record<Exclude<LogLevel, 'silent'>, Write>>

/** A log of the lines that are at least as important as `level`. */
export function createLog(level: LogLevel, to: { write(line: string): void }): Log {
  const logged = logLevels.slice(0, logLevels.indexOf(level) + 1)
  const writeAt = (each: LogLevel): Write =>
    level !== 'silent' && logged.includes(each)
      ? (fields, message) => to.write(lineOf(each, fields, message))
      : () => {}
  return {
    fatal: writeAt('fatal'),
    error: writeAt('error'),
    warn: writeAt('warn'),
    info: writeAt('info'),
    debug: writeAt('debug'),
    trace: writeAt('trace'),
  }
}

/** The log line that says how many lines were dropped. */
export function droppedLine(dropped: number): string {
  return lineOf('warn', { dropped }, 'log lines were dropped because nothing read stdout')
}

function lineOf(level: LogLevel, fields: object, msg: string): string {
  return `${JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg })}\n`
}
