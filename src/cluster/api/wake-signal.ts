/** Wakes a loop that waits for something to do. When nobody waits, the next `wait` returns at once. */
export class WakeSignal {
  #isAwake = false
  #resolve: () => void = () => {}

  wake(): void {
    this.#isAwake = true
    this.#resolve()
  }

  /** Resolves at the next `wake`, when the time is over, or when the signal aborts. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isAwake && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#resolve = resolve
      // A timer that is set to more than this fires at once.
      const timer = setTimeout(resolve, Math.min(timeoutMs, 2 ** 31 - 1)).unref()
      signal.addEventListener('abort', this.#resolve, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', this.#resolve)
    }
    this.#isAwake = false
  }
}
