import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { holds } from './holds.ts'

const podsOf = (...uids: readonly string[]) =>
  uids.map(uid => ({ namespace: 'shop', name: `web-${uid}`, uid }))

describe('Pods that wait', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('wait for a number of ticks, and are described by the first reason', () => {
    const waiting = holds(1_000)
    waiting.hold('a', 'node worker-2 is not ready', 10)
    waiting.hold('b', 'node worker-2 is not ready', 10)
    waiting.hold('c', 'the PodDisruptionBudget web allows no disruption now', 20)
    expect(['a', 'b', 'c', 'd'].map(waiting.isHeld)).toEqual([true, true, true, false])
    expect(waiting.describe(podsOf('d', 'b', 'a', 'c'))).toBe(
      'Pod shop/web-a and 1 other Pod wait: node worker-2 is not ready',
    )
    vi.advanceTimersByTime(11_000)
    expect(['a', 'b', 'c'].map(waiting.isHeld)).toEqual([false, false, true])
    expect(waiting.describe(podsOf('a', 'b', 'c'))).toMatch(
      /^Pod shop\/web-c waits: the PodDisruptionBudget web/,
    )
    waiting.release('c')
    expect(waiting.describe(podsOf('a', 'b', 'c'))).toBeUndefined()
  })

  it('wait longer after each failure, up to a limit, and as long as the API server asks for', () => {
    const waiting = holds(1_000)
    const waitedMs = () => {
      let ms = 0
      for (; waiting.isHeld('a'); ms += 500) vi.advanceTimersByTime(500)
      return ms
    }
    const waits = Array.from({ length: 8 }, () => {
      waiting.postpone('a', 'a request failed')
      return waitedMs()
    })
    expect(waits[0]).toBeLessThanOrEqual(4_500)
    expect(waits[3]).toBeGreaterThanOrEqual(16_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(120_500)
    waiting.release('a')
    waiting.postpone('a', 'too many requests', 30_000)
    expect(waitedMs()).toBeGreaterThanOrEqual(30_000)
  })

  it('are not passed over because of a note', () => {
    const waiting = holds(1_000)
    waiting.note('a', 'node worker-1 pulls agent:2')
    expect(waiting.isHeld('a')).toBe(false)
    expect(waiting.describe(podsOf('a'))).toBe('Pod shop/web-a waits: node worker-1 pulls agent:2')
  })

  it('are forgotten when they are gone', () => {
    const waiting = holds(1_000)
    waiting.hold('a', 'x', 10)
    waiting.keep(uid => uid !== 'a')
    expect(waiting.isHeld('a')).toBe(false)
  })
})
