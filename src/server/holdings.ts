/** What callers hold, connections or bytes, by the address of the caller. */
interface Holdings<T> {
  readonly count: () => number
  /** Sum of the sizes. */
  readonly total: () => number
  /** Of one; 0 if it is not held. */
  readonly size: (one: T) => number
  /** Adds one, or makes it larger. */
  add(one: T, address: string, size: number): void
  delete(one: T): void
  /** The largest one of the address that holds the most. Of several the oldest. */
  mostDispensable(): T | undefined
}

/**
 * A collection that finds what to give up under overload. A Pod that opens hundreds of connections, or uploads, loses its
 * own ones, and the API server, which has another address, keeps what it holds.
 */
export function createHoldings<T>(): Holdings<T> {
  // With the address, because a closed socket has no remoteAddress.
  const held = new Map<T, { readonly address: string; size: number }>()
  const sums = new Map<string, number>()
  let total = 0

  function count(address: string, size: number): void {
    total += size
    const sum = (sums.get(address) ?? 0) + size
    if (sum > 0) sums.set(address, sum)
    else sums.delete(address)
  }

  return {
    count: () => held.size,
    total: () => total,
    size: one => held.get(one)?.size ?? 0,
    add(one, address, size) {
      const before = held.get(one)
      if (before) before.size += size
      else held.set(one, { address, size })
      count(address, size)
    },
    delete(one) {
      const before = held.get(one)
      if (!before) return
      held.delete(one)
      count(before.address, -before.size)
    },
    mostDispensable() {
      let found: T | undefined
      let [most, largest] = [-1, -1]
      for (const [one, { address, size }] of held) {
        const sum = sums.get(address) ?? 0
        if (sum < most || (sum === most && size <= largest)) continue
        found = one
        most = sum
        largest = size
      }
      return found
    },
  }
}
