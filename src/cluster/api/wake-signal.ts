/** Wakes a loop that waits for something to do. A ring while nobody waits is heard by the next wait. */
export class Bell {
  #isRung = false
  #wake: () => void = () => {}

  ring(): void {
    this.#isRung = true
    this.#wake()
  }

  /** Resolves at the next ring, when the time is over, and with the signal. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      // A longer time than a timer can be set to would be none at all.
      const timer = setTimeout(resolve, Math.min(timeoutMs, 2 ** 31 - 1)).unref()
      signal.addEventListener('abort', this.#wake, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', this.#wake)
    }
    this.#isRung = false
  }
}
