import { setTimeout as sleep } from 'node:timers/promises'
import { ApiFailure } from './api.ts'

/** How long to wait after failures in a row: doubling from `firstMs` up to `mostMs`. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

// As client-go's reflectors.
export const defaultBackoff: Backoff = { firstMs: 800, mostMs: 30_000 }

/**
 * Waits for `delayAfter` so many failures in a row; without a failure it does not wait. Resolves early when
 * the signal says so.
 */
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
 * As long as so many failures in a row call for, or as the API server asks for where that is longer; and up
 * to twice that, so that the servers which lost the same API server do not all come back to it at once.
 */
export function delayAfter(failures: number, { firstMs, mostMs }: Backoff, askedMs = 0): number {
  const ownMs = Math.min(firstMs * 2 ** (failures - 1), mostMs)
  return Math.max(ownMs, Math.min(askedMs, mostAskedMs)) * (1 + Math.random())
}

// Who asks for an hour gets two minutes.
const mostAskedMs = 120_000

/** How long the API server wants to be left alone after this failure. */
export function askedToWait(error: unknown): number | undefined {
  return error instanceof ApiFailure ? error.response.retryAfterMs : undefined
}
