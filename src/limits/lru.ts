/**
 * A cache of the `most` values that were used last. If users decide how large a value is, `weigh` tells its weight: all
 * values together weigh at most `heaviest`, and a single value that weighs more is not kept.
 */
export function lru<K, T>(
  most: number,
  heaviest = Number.POSITIVE_INFINITY,
  weigh: (made: T) => number = () => 0,
): (key: K, make: () => T) => T {
  const kept = new Map<K, { readonly made: T; readonly weight: number }>()
  let total = 0
  const drop = (key: K) => {
    total -= kept.get(key)?.weight ?? 0
    kept.delete(key)
  }
  return (key, make) => {
    const known = kept.get(key)
    // A Map iterates in the order of insertion: the first key is the one that was used longest ago.
    if (known) {
      kept.delete(key)
      kept.set(key, known)
      return known.made
    }
    const made = make()
    const weight = weigh(made)
    // `make` may have put it here itself.
    drop(key)
    if (weight > heaviest) return made
    kept.set(key, { made, weight })
    total += weight
    while (kept.size > most || total > heaviest) drop(kept.keys().next().value as K)
    return made
  }
}
