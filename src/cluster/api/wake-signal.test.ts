import { describe, expect, it } from 'vitest'
import { WakeSignal } from './wake-signal.ts'

const { signal } = new AbortController()
const longMs = 50_000

describe('a wake signal', () => {
  it('resolves a wait', async () => {
    const wakeSignal = new WakeSignal()
    const heard = wakeSignal.wait(longMs, signal)
    wakeSignal.wake()
    await heard
  })

  it('resolves one later wait if no loop waited, however often it was called', async () => {
    const wakeSignal = new WakeSignal()
    wakeSignal.wake()
    wakeSignal.wake()
    await wakeSignal.wait(longMs, signal)
    const again = wakeSignal.wait(longMs, signal).then(() => 'heard')
    expect(await Promise.race([again, new Promise(resolve => setImmediate(resolve, 'silence'))])).toBe(
      'silence',
    )
    wakeSignal.wake()
  })

  it('ends a wait after its time and with the signal, also when the time is longer than a timer allows', async () => {
    const wakeSignal = new WakeSignal()
    const stopping = new AbortController()
    await wakeSignal.wait(1, signal)
    const waiting = wakeSignal.wait(Number.POSITIVE_INFINITY, stopping.signal)
    expect(await Promise.race([waiting, new Promise(resolve => setTimeout(resolve, 20, 'waits'))])).toBe(
      'waits',
    )
    stopping.abort()
    await waiting
    await wakeSignal.wait(longMs, stopping.signal)
  })
})
