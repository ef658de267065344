/** The last eviction of a Pod of a controller. */
interface LastEviction {
  /** In milliseconds since 1970, by the API server's clock. */
  readonly evictedAt: number
  /** Number of Pods of the controller before the eviction. */
  readonly pods: number
}

/**
 * The last eviction of each controller, by the uid of the controller. It is kept for an hour: long enough to see the Pod that
 * replaced the evicted one, and short enough to start again after a controller was scaled down.
 */
export function evictionHistory() {
  const known = new Map<string, LastEviction & { readonly until: number; readonly isInVain: boolean }>()

  function current(uid: string) {
    const entry = known.get(uid)
    if (!entry || performance.now() < entry.until) return entry
    known.delete(uid)
    return undefined
  }

  function set(uid: string, last: LastEviction, isInVain: boolean): void {
    known.delete(uid)
    known.set(uid, { ...last, isInVain, until: performance.now() + rememberedMs })
    const [oldest = ''] = known.keys()
    if (known.size > mostRemembered) known.delete(oldest)
  }

  return {
    of: (uid: string): LastEviction | undefined => current(uid),
    remember: (uid: string, last: LastEviction) => set(uid, last, false),
    /** Records that the replacement is missed, too. */
    inVain: (uid: string) => set(uid, current(uid) ?? { evictedAt: 0, pods: 0 }, true),
    isInVain: (uid: string): boolean => current(uid)?.isInVain === true,
  }
}

const mostRemembered = 10_000
const rememberedMs = 60 * 60_000
