import { setTimeout as sleep } from 'node:timers/promises'
import { ApiFailure, describeError } from './api.ts'

/** The wait after consecutive failures: it doubles from `firstMs` up to `mostMs`. */
interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

// As client-go's reflectors.
export const defaultBackoff: Backoff = { firstMs: 800, mostMs: 30_000 }

export interface RetryOptions {
  /** Called with what went wrong. */
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}

/**
 * Repeats an attempt until it returns something or the signal aborts; then returns undefined. An attempt that throws is
 * reported as a failure of `path`, and followed by a wait.
 */
export async function retry<T>(
  path: string,
  { failed, signal, backoff = defaultBackoff }: RetryOptions,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const result = await attempt()
      if (result !== undefined) return result
      failures = 0
    } catch (error) {
      if (signal.aborted) return undefined
      failures += 1
      failed(`${path}: ${describeError(error)}`)
      await waitAfter(failures, backoff, signal, askedToWait(error))
    }
  }
  return undefined
}

/** Waits for `delayAfter`, or until the signal aborts; not at all without a failure. */
export async function waitAfter(
  failures: number,
  backoff: Backoff,
  signal: AbortSignal,
  askedMs?: number,
): Promise<void> {
  if (failures === 0) return
  await sleep(delayAfter(failures, backoff, askedMs), undefined, { signal, ref: false }).catch(() => {})
}

/**
 * The wait after this number of consecutive failures, or what the API server asks for if that is longer; and up to twice
 * that, so that the replicas that lost the same API server do not all return at once.
 */
export function delayAfter(failures: number, { firstMs, mostMs }: Backoff, askedMs = 0): number {
  const ownMs = Math.min(firstMs * 2 ** (failures - 1), mostMs)
  return Math.max(ownMs, Math.min(askedMs, mostAskedMs)) * (1 + Math.random())
}

// An API server that asks for an hour gets two minutes.
const mostAskedMs = 120_000

/** How long the API server asks clients to wait after this failure. */
export function askedToWait(error: unknown): number | undefined {
  return error instanceof ApiFailure ? error.response.retryAfterMs : undefined
}
