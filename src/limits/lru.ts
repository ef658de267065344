/**
 * A cache of the `most` keys that were used last. For what is small to describe, quick to make and large to keep. Where
 * outsiders decide how large a thing is, `weigh` says it: all things that are kept weigh `heaviest` at most together, and
 * one thing that alone weighs more is not kept.
 *
 * A hit only marks its entry, because moving it costs more than many expressions do. An entry that was marked since it
 * came, or since the last look, is passed over once when there is no more room ("second chance").
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
    // Making it can have made and kept the same key.
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
