/**
 * A cache of the `most` keys that were used last, for results that are quick to make and large to keep. If users decide how
 * large a result is, `weigh` measures it: all results together weigh at most `heaviest`, and a single heavier one is not
 * kept.
 *
 * A hit only marks its entry, because moving it costs more than many expressions do. When there is no more room, a marked
 * entry loses its mark and moves to the end ("second chance").
 */
export function lru<K, T>(
  most: number,
  heaviest = Number.POSITIVE_INFINITY,
  weigh: (made: T) => number = () => 0,
): (key: K, make: () => T) => T {
  const kept = new Map<K, { readonly made: T; readonly weight: number; isUsed: boolean }>()
  let total = 0
  const drop = (key: K) => {
    total -= kept.get(key)?.weight ?? 0
    kept.delete(key)
  }
  return (key, make) => {
    const known = kept.get(key)
    if (known) {
      known.isUsed = true
      return known.made
    }
    const made = make()
    const weight = weigh(made)
    // Making it may have cached the same key already.
    drop(key)
    if (weight > heaviest) return made
    kept.set(key, { made, weight, isUsed: false })
    total += weight
    for (const [oldest, entry] of kept) {
      if (kept.size <= most && total <= heaviest) break
      if (entry.isUsed || oldest === key) {
        entry.isUsed = false
        kept.delete(oldest)
        kept.set(oldest, entry)
      } else drop(oldest)
    }
    return made
  }
}
