import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLog } from './log.ts'
import type { LogLevel } from './options.ts'

function logging(level: LogLevel) {
  const lines: string[] = []
  const log = createLog(level, { write: line => lines.push(line.replace(/"time":"[^"]*"/, '"time":"now"')) })
  return { log, lines }
}

it('an event has the same line as pino writes, whatever its fields hold', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant(undefined))
  fc.assert(
    fc.property(fc.record({ uid: value, namespace: value, profiles: value }), fields => {
      const { log, lines } = logging('info')
      log.info(fields, 'decided')
      log.event(fields, 'decided')
      expect(lines[1]).toBe(lines[0])
    }),
  )
})

it.each<[LogLevel, number]>([
  ['debug', 1],
  ['info', 1],
  ['warn', 0],
  ['silent', 0],
])('at the level %s the log has %d lines of an event', (level, count) => {
  const { log, lines } = logging(level)
  log.event({}, 'decided')
  expect(lines).toHaveLength(count)
})
