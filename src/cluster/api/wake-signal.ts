/** Wakes a loop that waits for work. If the loop does not wait yet, its next `wait` returns at once. */
export class WakeSignal {
  #isAwake = false
  #resolve: () => void = () => {}

  wake(): void {
    this.#isAwake = true
    this.#resolve()
  }

  /** Resolves at the next `wake`, after the timeout, or when the signal aborts. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isAwake && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#resolve = resolve
      // A longer timer would fire at once.
      const timer = setTimeout(resolve, Math.min(timeoutMs, 2 ** 31 - 1)).unref()
      signal.addEventListener('abort', this.#resolve, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', this.#resolve)
    }
    this.#isAwake = false
  }
}
