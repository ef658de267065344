/** Limits how long an operation may be silent; after that it fails with this message. */
export function timeout(forMs: number, message: string, outer?: AbortSignal) {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error(message)), forMs)
  const signal = outer ? AbortSignal.any([outer, over.signal]) : over.signal
  return {
    /** Aborts when the time is over, or with the outer signal. */
    signal,
    restart: () => void timer.refresh(),
    /** Why an operation failed: the reason of an aborted signal says more than the error that follows. */
    cause: (error: unknown): unknown => (signal.aborted ? signal.reason : error),
    /** Must be called when the operation is over. */
    end: () => clearTimeout(timer),
  }
}
