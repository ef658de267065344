/** What limits the keeping: how many keys, and how much all of their values weigh. */
export interface Room<T> {
  readonly keys: number
  readonly weight: number
  weigh(value: T): number
}

/**
 * Keeps what was made for the keys that were asked for last, as far as there is room for it. What is heavier than all
 * of the room is made each time.
 */
export function recentByWeight<K, T>({ keys, weight, weigh }: Room<T>): (key: K, make: () => T) => T {
  const kept = new Map<K, { readonly value: T; readonly weight: number }>()
  let total = 0
  const drop = (key: K) => {
    total -= kept.get(key)?.weight ?? 0
    kept.delete(key)
  }
  return (key, make) => {
    const known = kept.get(key)
    const value = known ? known.value : make()
    const entry = known ?? { value, weight: weigh(value) }
    if (entry.weight > weight) return value
    // A Map iterates in the order of insertion: the first key is the one that was not asked for the longest.
    drop(key)
    kept.set(key, entry)
    total += entry.weight
    while (kept.size > keys || total > weight) drop(kept.keys().next().value as K)
    return value
  }
}
