import { describe, expect, it } from 'vitest'
import { durationOf, serverClock } from './server-clock.ts'

const date = new Date('2026-01-01T00:00:10Z')

describe('serverClock', () => {
  it.each([
    { offMs: 0, ahead: 0 },
    { offMs: 900, ahead: 0 },
    { offMs: -900, ahead: 0 },
    { offMs: 60_000, ahead: 60_000 },
    { offMs: -60_000, ahead: -60_000 },
  ])('goes by the API server, as far as its seconds tell: off by $offMs ms', ({ offMs, ahead }) => {
    const ownNow = date.getTime() + 500 + offMs
    const clock = serverClock(() => ownNow)
    expect(clock.now()).toBe(ownNow)
    clock.set(date, ownNow)
    expect(clock.now()).toBe(ownNow - ahead)
  })

  it('trusts a slow answer less', () => {
    const clock = serverClock(() => date.getTime() + 20_000)
    clock.set(date, date.getTime() - 2_000)
    expect(clock.now()).toBe(date.getTime() + 20_000)
  })

  it.each([
    { offMs: 5_000, says: undefined },
    { offMs: 7_384_000, says: /^the clock of this machine is 2 h 3 min ahead of the API server's\. .*NTP/ },
    { offMs: -40_000, says: /is 40 s behind the API server's/ },
  ])('says when it is off by $offMs ms', ({ offMs, says }) => {
    const ownNow = date.getTime() + 500 + offMs
    const clock = serverClock(() => ownNow)
    clock.set(date, ownNow)
    expect(clock.problem()).toEqual(says && expect.stringMatching(says))
  })
})

describe('durationOf', () => {
  it.each([
    [0, '0 s'],
    [59_900, '1 min'],
    [90_000_000, '1 d 1 h'],
    [86_405_000, '1 d 5 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(durationOf(ms)).toBe(text)
  })
})
