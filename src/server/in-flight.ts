/** The bytes that one request holds; let go of when it is over. */
export interface Held {
  /** Holds so many bytes more; false when this request was cut, now or before. */
  add(bytes: number): boolean
  release(): void
}

export interface InFlight {
  /** For one request. `cut` is called once when its place is needed, after its bytes are let go of. */
  hold(cut: () => void): Held
  readonly bytes: () => number
}

/**
 * Bounds the bytes that all requests hold together. When they would be more, the request that has held some for the
 * longest time is cut. The API server sends a body at once, so that is one that is slow on purpose; were the new one
 * refused instead, 16 MB of slow uploads would keep the API server out.
 */
export function boundInFlight(mostBytes: number): InFlight {
  const inOrder = new Set<Entry>()
  let total = 0

  function release(entry: Entry): void {
    total -= entry.bytes
    entry.bytes = 0
    entry.isOver = true
    inOrder.delete(entry)
  }

  return {
    bytes: () => total,
    hold(cut) {
      const entry: Entry = { bytes: 0, isOver: false, cut }
      return {
        add(bytes) {
          if (entry.isOver) return false
          entry.bytes += bytes
          total += bytes
          inOrder.add(entry)
          for (const oldest of inOrder) {
            // One request alone may be larger: its own limits hold.
            if (total <= mostBytes || inOrder.size === 1) break
            release(oldest)
            oldest.cut()
          }
          return !entry.isOver
        },
        release: () => release(entry),
      }
    },
  }
}

interface Entry {
  bytes: number
  isOver: boolean
  readonly cut: () => void
}
