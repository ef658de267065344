import { describe, expect, it } from 'vitest'
import { Bell } from './wake-signal.ts'

const { signal } = new AbortController()
const longMs = 50_000

describe('a bell', () => {
  it('is heard by who waits', async () => {
    const bell = new Bell()
    const heard = bell.wait(longMs, signal)
    bell.ring()
    await heard
  })

  it('is heard once by who waits afterwards, however often it rang', async () => {
    const bell = new Bell()
    bell.ring()
    bell.ring()
    await bell.wait(longMs, signal)
    const again = bell.wait(longMs, signal).then(() => 'heard')
    expect(await Promise.race([again, new Promise(resolve => setImmediate(resolve, 'silence'))])).toBe(
      'silence',
    )
    bell.ring()
  })

  it('is not waited for longer than asked for, nor after the signal, nor for a time that no timer can be set to', async () => {
    const bell = new Bell()
    const stopping = new AbortController()
    await bell.wait(1, signal)
    const waiting = bell.wait(Number.POSITIVE_INFINITY, stopping.signal)
    expect(await Promise.race([waiting, new Promise(resolve => setTimeout(resolve, 20, 'waits'))])).toBe(
      'waits',
    )
    stopping.abort()
    await waiting
    await bell.wait(longMs, stopping.signal)
  })
})
