import { expect, it } from 'vitest'
import { createFailureTelemetry } from './cluster-telemetry.ts'
import { createLog } from './log.ts'

function telemetry() {
  const clock = { minutes: 0 }
  const lines: object[] = []
  const log = createLog('info', { write: line => lines.push(JSON.parse(line)) })
  return { clock, lines, failed: createFailureTelemetry(log, () => clock.minutes * 60_000) }
}

it('logs a failure that repeats once, and again with their number after ten minutes', () => {
  const { clock, lines, failed } = telemetry()
  for (clock.minutes = 0; clock.minutes < 20; clock.minutes++) failed('/version: connect ECONNREFUSED')
  expect(lines).toMatchObject([
    { level: 'warn', problem: '/version: connect ECONNREFUSED', msg: 'a request to the API server failed' },
    { problem: '/version: connect ECONNREFUSED', times: 10 },
  ])
  expect(lines[0]).not.toHaveProperty('times')
})

it('logs each other failure at once', () => {
  const { lines, failed } = telemetry()
  for (const problem of ['/a: 403', '/b: 403', '/a: 401', '/a: 403']) failed(problem)
  expect(lines).toMatchObject([{ problem: '/a: 403' }, { problem: '/b: 403' }, { problem: '/a: 401' }])
})

it('remembers the last hundred failures', () => {
  const { lines, failed } = telemetry()
  for (let number = 0; number <= 100; number++) failed(`/${number}: 403`)
  failed('/100: 403')
  expect(lines).toHaveLength(101)
  failed('/0: 403')
  expect(lines).toHaveLength(102)
})
