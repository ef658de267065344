/**
 * Keeps what was made for the `most` keys asked for last; what else is asked for is made again. For what
 * is small to describe, quick to make and large to keep. Where outsiders decide how large a thing is, `weigh` says it:
 * what is kept then weighs `heaviest` at most together, and one thing that alone weighs more is not kept.
 */
export function recent<K, T>(
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
    // A Map iterates in the order of insertion: the first key is the one that was not asked for the longest.
    if (known) {
      kept.delete(key)
      kept.set(key, known)
      return known.made
    }
    const made = make()
    const weight = weigh(made)
    // To make it may have made, and kept, it already.
    drop(key)
    if (weight > heaviest) return made
    kept.set(key, { made, weight })
    total += weight
    while (kept.size > most || total > heaviest) drop(kept.keys().next().value as K)
    return made
  }
}
