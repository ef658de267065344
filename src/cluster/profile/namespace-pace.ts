/** How fast requests may be made for the objects of each namespace, so that one that changes all the time leaves room for others. */
export interface NamespacePace {
  /** Takes one request of a namespace's allowance; gives how long to wait when there is none. */
  take(namespace: string, now: number): number
}

/** So many at once, and then as many a minute as said: a token bucket for each namespace. */
export function namespacePace({ atOnce, perMinute }: PaceOptions): NamespacePace {
  const buckets = new Map<string, { left: number; at: number }>()
  const perMs = perMinute / 60_000

  /** A full bucket is as good as none. */
  function forget(now: number): void {
    for (const [namespace, { left, at }] of buckets)
      if (left + (now - at) * perMs >= atOnce) buckets.delete(namespace)
  }

  return {
    take(namespace, now) {
      if (buckets.size >= mostRemembered) forget(now)
      const { left, at } = buckets.get(namespace) ?? { left: atOnce, at: now }
      const there = Math.min(atOnce, left + (now - at) * perMs)
      if (there < 1) return Math.ceil((1 - there) / perMs)
      buckets.set(namespace, { left: there - 1, at: now })
      return 0
    },
  }
}

export interface PaceOptions {
  readonly atOnce: number
  readonly perMinute: number
}

const mostRemembered = 1_000
