import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait after failures in a row: doubling from `firstMs` up to `mostMs`. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

// As client-go's reflectors.
export const defaultBackoff: Backoff = { firstMs: 800, mostMs: 30_000 }

/**
 * Waits as long as so many failures in a row call for, and up to twice that, so that the servers which
 * lost the same API server do not all come back to it at once. Without a failure it does not wait.
 * Resolves early when the signal says so.
 */
export async function waitAfter(
  failures: number,
  { firstMs, mostMs }: Backoff,
  signal: AbortSignal,
): Promise<void> {
  if (failures === 0) return
  const delayMs = Math.min(firstMs * 2 ** (failures - 1), mostMs) * (1 + Math.random())
  await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {})
}
