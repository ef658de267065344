/**
 * Limits the rate of requests for each namespace, so that a namespace that changes all the time leaves room for others:
 * `atOnce` requests at first, and then `perMinute`.
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function namespacePace({
  atOnce,
  perMinute,
}: {
  readonly atOnce: number
  readonly perMinute: number
}) {
  const intervalMs = 60_000 / perMinute
  const burstMs = (atOnce - 1) * intervalMs
  /** By namespace, the time at which its whole allowance is back. */
  const fullAt = new Map<string, number>()

  return {
    /** Counts one request and returns 0, or returns how long to wait for the next one. */
    take(namespace: string, now: number): number {
      if (fullAt.size >= mostRemembered) for (const [other, at] of fullAt) if (at <= now) fullAt.delete(other)
      const at = Math.max(fullAt.get(namespace) ?? now, now)
      if (at - now > burstMs) return Math.ceil(at - now - burstMs)
      fullAt.set(namespace, at + intervalMs)
      return 0
    },
  }
}

const mostRemembered = 1_000
