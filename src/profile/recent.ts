/**
 * Keeps what was made for the `most` keys asked for last; what else is asked for is made again. For what
 * is small to describe, quick to make and large to keep.
 */
export function recent<K, T>(most: number): (key: K, make: () => T) => T {
  const kept = new Map<K, T>()
  return (key, make) => {
    const found = kept.get(key) ?? make()
    // A Map iterates in the order of insertion: the first key is the one that was not asked for the longest.
    kept.delete(key)
    kept.set(key, found)
    if (kept.size > most) kept.delete(kept.keys().next().value as K)
    return found
  }
}
