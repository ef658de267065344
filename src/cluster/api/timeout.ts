/** How long to wait for somebody who says nothing, and what to say then. */
export interface Patience {
  /** Comes when it is over, or with the outer signal. */
  readonly signal: AbortSignal
  /** Begins anew. */
  heard(): void
  /** Why an operation failed: what the signal says, where it came, tells more than that it was aborted. */
  cause(error: unknown): unknown
  /** To be called when there is nothing to wait for any more. */
  end(): void
}

export function patience(forMs: number, message: string, outer?: AbortSignal): Patience {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error(message)), forMs)
  const signal = outer ? AbortSignal.any([outer, over.signal]) : over.signal
  return {
    signal,
    heard: () => void timer.refresh(),
    cause: error => (signal.aborted ? signal.reason : error),
    end: () => clearTimeout(timer),
  }
}
