import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiFailure } from './api.ts'
import { askedToWait, delayAfter, waitAfter } from './backoff.ts'

describe('delayAfter', () => {
  const backoff = { firstMs: 100, mostMs: 1_000 }
  afterEach(() => void vi.restoreAllMocks())

  it.each([
    { failures: 1, random: 0, ms: 100 },
    { failures: 1, random: 0.5, ms: 150 },
    { failures: 3, random: 0, ms: 400 },
    { failures: 5_000, random: 0, ms: 1_000 },
    { failures: 1, random: 0, asked: 300, ms: 300 },
    { failures: 1, random: 0.5, asked: 300, ms: 450 },
    { failures: 3, random: 0, asked: 300, ms: 400 },
    { failures: 1, random: 0, asked: 3_600_000, ms: 120_000 },
  ])(
    'is $ms ms after $failures failures, asked for $asked, with $random',
    ({ failures, random, asked, ms }) => {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      expect(delayAfter(failures, backoff, asked)).toBe(ms)
    },
  )
})

describe('waitAfter', () => {
  const forLong = { firstMs: 60_000, mostMs: 60_000 }

  it('does not wait without a failure', async () => {
    await waitAfter(0, forLong, new AbortController().signal, 60_000)
  })

  it('waits after one', async () => {
    const start = performance.now()
    await waitAfter(1, { firstMs: 50, mostMs: 50 }, new AbortController().signal)
    // A timer may be a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(48)
  })

  it('ends with its signal', async () => {
    const stopping = new AbortController()
    const waiting = waitAfter(1, forLong, stopping.signal)
    stopping.abort()
    await waiting
  })
})

describe('askedToWait', () => {
  it('is what a refusal says', () => {
    const refusal = { ok: false, status: 429, message: '', retryAfterMs: 7 } as const
    expect(askedToWait(new ApiFailure(refusal))).toBe(7)
    expect(askedToWait(new ApiFailure({ ok: false, status: 500, message: '' }))).toBeUndefined()
    expect(askedToWait(new Error('broken'))).toBeUndefined()
  })
})
