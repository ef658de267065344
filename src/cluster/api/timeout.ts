export interface Timeout {
  /** Aborts when the time is over, or with the outer signal. */
  readonly signal: AbortSignal
  /** Starts the time again. */
  restart(): void
  /** Why an operation failed: the reason of the signal, if it has aborted, says more than the error that follows. */
  cause(error: unknown): unknown
  /** Must be called when the operation is over. */
  end(): void
}

/** A limit on how long an operation may be silent, and the message of the error when it is over. */
export function timeout(forMs: number, message: string, outer?: AbortSignal): Timeout {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error(message)), forMs)
  const signal = outer ? AbortSignal.any([outer, over.signal]) : over.signal
  return {
    signal,
    restart: () => void timer.refresh(),
    cause: error => (signal.aborted ? signal.reason : error),
    end: () => clearTimeout(timer),
  }
}
