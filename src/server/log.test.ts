import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLog } from './log.ts'
import { type LogLevel, logLevels } from './options.ts'

function logging(level: LogLevel) {
  const lines: string[] = []
  return { log: createLog(level, { write: line => lines.push(line) }), lines }
}

it('a message is one line of JSON, whatever its fields hold', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant(undefined))
  fc.assert(
    fc.property(fc.record({ uid: value, namespace: value, profiles: value }), fields => {
      const { log, lines } = logging('info')
      log.info(fields, 'decided')
      expect(lines).toEqual([expect.stringMatching(/^[^\n]*\n$/)])
      const { time, ...line } = JSON.parse(lines[0] ?? '')
      expect(time).toBe(new Date(time).toISOString())
      expect(line).toEqual(JSON.parse(JSON.stringify({ level: 'info', ...fields, msg: 'decided' })))
    }),
  )
})

it.each(logLevels)('the log of the level %s has the lines of this level and of those before it', level => {
  const { log, lines } = logging(level)
  const written = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
  for (const each of written) log[each]({}, 'said')
  const expected = level === 'silent' ? [] : written.slice(0, written.indexOf(level) + 1)
  expect(lines.map(line => JSON.parse(line).level)).toEqual(expected)
})
