import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import promises from 'node:timers/promises'

/** The time of a thread, which passes only when nothing is left to do at its present moment. */
export interface VirtualTime {
  readonly now: () => number
  sleep(ms: number): Promise<void>
  /** Lets so many milliseconds pass, with everything that happens in them. */
  pass(ms: number): Promise<void>
  /** Forgets all timers, and begins again. */
  reset(): void
}

/**
 * Replaces the clocks and timers of this thread, for good: the loops of Pillion then go through hours in a second, and in the
 * same order each time. Must be called before the modules that use them are loaded.
 */
export function useVirtualTime(startAt: number): VirtualTime {
  const breath = promises.setImmediate
  const RealDate = Date
  const due: Timer[] = []
  let at = startAt
  let count = 0

  function set(ms: number, action: () => void): Timer {
    count += 1
    const timer = new Timer(at + Math.max(1, Number(ms) || 0), count, action)
    const after = due.findIndex(each => each.isAfter(timer))
    due.splice(after === -1 ? due.length : after, 0, timer)
    return timer
  }
  function unset(timer: unknown): void {
    const index = due.indexOf(timer as Timer)
    if (index !== -1) due.splice(index, 1)
  }
  function sleep(ms = 0, value?: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    if (signal?.aborted) return Promise.reject(signal.reason)
    const stop = () => {
      unset(timer)
      reject(signal?.reason)
    }
    const timer = set(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve(value)
    })
    signal?.addEventListener('abort', stop, { once: true })
    return promise
  }

  class VirtualDate extends RealDate {
    constructor(...args: [] | [string | number | Date]) {
      if (args.length === 0) super(at)
      else super(...(args as [string]))
    }
    static override now = () => Math.floor(at)
  }
  const replaced = (action: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    set(ms, () => action(...args))
  Object.assign(globalThis, { Date: VirtualDate, setTimeout: replaced, clearTimeout: unset })
  Object.assign(timers, { setTimeout: replaced, clearTimeout: unset })
  Object.assign(promises, { setTimeout: sleep })
  performance.now = () => at - startAt
  syncBuiltinESMExports()

  /** Until everything that can happen now has happened. A loop may take a breath in the middle of its work. */
  async function settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await breath()
  }

  return {
    now: () => at,
    sleep: async ms => void (await sleep(ms)),
    async pass(ms) {
      const end = at + ms
      await settle()
      for (let next = due[0]; next && next.at <= end; next = due[0]) {
        due.shift()
        at = next.at
        next.action()
        await settle()
      }
      at = end
    },
    reset() {
      due.length = 0
      at = startAt
    },
  }
}

class Timer {
  readonly at: number
  readonly number: number
  readonly action: () => void

  constructor(at: number, number: number, action: () => void) {
    this.at = at
    this.number = number
    this.action = action
  }

  isAfter({ at, number }: Timer): boolean {
    return this.at === at ? this.number > number : this.at > at
  }

  unref = () => this
  ref = () => this
  hasRef = () => true
}
