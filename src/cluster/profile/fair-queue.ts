/** Keys that wait for their turn, each in a group; the groups take turns, so that none waits for all of another. */
export interface FairQueue {
  /** Adds a key, once however often it is added. */
  add(group: string, key: string): void
  /** Takes the next key of the next group that does not rest. */
  next(now: number): { readonly group: string; readonly key: string } | undefined
  /** No key of the group is taken before this time. */
  rest(group: string, until: number): void
  /** How long until there is a next key; Infinity when nothing waits. */
  waitMs(now: number): number
  isEmpty(): boolean
}

export function fairQueue(): FairQueue {
  // In the order of their turns.
  const waiting = new Map<string, Set<string>>()
  const restingUntil = new Map<string, number>()

  function isResting(group: string, now: number): boolean {
    const until = restingUntil.get(group)
    if (until === undefined) return false
    if (until > now) return true
    restingUntil.delete(group)
    return false
  }

  return {
    add(group, key) {
      const keys = waiting.get(group)
      if (keys) keys.add(key)
      else waiting.set(group, new Set([key]))
    },
    next(now) {
      for (const [group, keys] of waiting) {
        if (isResting(group, now)) continue
        const [key = ''] = keys
        keys.delete(key)
        waiting.delete(group)
        if (keys.size > 0) waiting.set(group, keys)
        return { group, key }
      }
      return undefined
    },
    rest(group, until) {
      restingUntil.set(group, until)
    },
    waitMs(now) {
      const times = [...waiting.keys()].map(group => restingUntil.get(group) ?? now)
      return times.reduce((least, time) => Math.min(least, Math.max(time - now, 0)), Number.POSITIVE_INFINITY)
    },
    isEmpty: () => waiting.size === 0,
  }
}
