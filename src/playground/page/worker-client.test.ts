import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PageWorker, startWorker } from './worker-client.ts'

describe('the worker of the page', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function page() {
    const workers: (PageWorker & { readonly calls: { call: number; name: string }[]; isRunning: boolean })[] =
      []
    const call = startWorker(() => {
      const worker: (typeof workers)[number] = {
        calls: [],
        isRunning: true,
        onmessage: null,
        onerror: null,
        postMessage: (message: { call: number; name: string }) => void worker.calls.push(message),
        terminate: () => {
          worker.isRunning = false
        },
      }
      workers.push(worker)
      return worker
    })
    const reply = (worker: number, call: number, result: unknown) =>
      workers[worker]!.onmessage!.call(null as never, { data: { call, result } } as MessageEvent)
    return { workers, call, reply }
  }

  it('is stopped if it does not answer, and another one takes the next call', async () => {
    const { workers, call, reply } = page()
    const calls = [call('answer', []), call('hover', [])]
    const ends = calls.map(each => expect(each).rejects.toThrow(/no answer after 20 seconds.*smaller/))
    await vi.advanceTimersByTimeAsync(20_000)
    await Promise.all(ends)
    expect(workers.map(({ isRunning }) => isRunning)).toEqual([false])
    const next = call('answer', [])
    expect(workers.map(({ isRunning }) => isRunning)).toEqual([false, true])
    reply(1, workers[1]!.calls[0]!.call, 'an answer')
    expect(await next).toBe('an answer')
  })

  it('has its time anew for each call of a queue, and all of it when nothing was asked for long', async () => {
    const { workers, call, reply } = page()
    await vi.advanceTimersByTimeAsync(60_000)
    const calls = [call('answer', []), call('hover', [])]
    await vi.advanceTimersByTimeAsync(15_000)
    reply(0, 1, 'first')
    await vi.advanceTimersByTimeAsync(15_000)
    reply(0, 2, 'second')
    expect(await Promise.all(calls)).toEqual(['first', 'second'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(workers.map(({ isRunning }) => isRunning)).toEqual([true])
  })

  it('that dies ends what waits for it with the reason, and another one takes the next call', async () => {
    const { workers, call } = page()
    const calls = [call('answer', []), call('form', [])]
    const event = { message: 'out of memory', preventDefault() {} } as ErrorEvent
    workers[0]!.onerror!.call(null as never, event)
    for (const each of calls)
      await expect(each).rejects.toThrow(
        'The worker of the playground does not run: out of memory. Reload the page.',
      )
    void call('answer', []).catch(() => undefined)
    expect(workers.map(({ calls }) => calls.length)).toEqual([2, 1])
  })

  it('that cannot be loaded says that a reload would lose the text, and the next call tries again', async () => {
    const { workers, call } = page()
    const answer = call('answer', [])
    workers[0]!.onerror!.call(null as never, { message: '', preventDefault() {} } as ErrorEvent)
    await expect(answer).rejects.toThrow(/cannot load worker\.js\. Do not reload the page/)
    void call('answer', []).catch(() => undefined)
    expect(workers).toHaveLength(2)
  })
})
