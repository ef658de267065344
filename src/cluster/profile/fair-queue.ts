/** A queue of keys in groups. The groups take turns, so that no group waits for all keys of another. */
export function fairQueue() {
  // In the order of their turns.
  const waiting = new Map<string, Set<string>>()
  const restingUntil = new Map<string, number>()

  return {
    /** A key that waits already is not added again. */
    add(group: string, key: string): void {
      const keys = waiting.get(group)
      if (keys) keys.add(key)
      else waiting.set(group, new Set([key]))
    },
    /** Takes the next key of the next group that does not rest. */
    next(now: number): { readonly group: string; readonly key: string } | undefined {
      for (const [group, keys] of waiting) {
        if ((restingUntil.get(group) ?? 0) > now) continue
        restingUntil.delete(group)
        const [key = ''] = keys
        keys.delete(key)
        waiting.delete(group)
        if (keys.size > 0) waiting.set(group, keys)
        return { group, key }
      }
      return undefined
    },
    /** No key of the group is taken before this time. */
    rest: (group: string, until: number) => void restingUntil.set(group, until),
    /** Time until there is a next key; Infinity when the queue is empty. */
    waitMs(now: number): number {
      const times = [...waiting.keys()].map(group => restingUntil.get(group) ?? now)
      return times.reduce((least, time) => Math.min(least, Math.max(time - now, 0)), Number.POSITIVE_INFINITY)
    },
    isEmpty: () => waiting.size === 0,
  }
}
