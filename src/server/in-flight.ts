/** The bytes that one request holds; let go of when it is over. */
export interface Held {
  /** Adds this number of bytes; false when this request was cut, now or before. */
  add(bytes: number): boolean
  /** Holds what is coming before it is there, so that `add` counts only what is beyond it. */
  claim(bytes: number): boolean
  release(): void
}

export interface InFlight {
  /** For one request from that address. `cut` is called once when its place is needed, after its bytes are let go of. */
  hold(address: string, cut: () => void): Held
  readonly bytes: () => number
}

/**
 * Bounds the bytes that all requests hold together. When they would be more, a request is cut: of the address that holds
 * the most, the one that holds the most. The API server has another address than a Pod that uploads. Where all callers
 * seem to have one address, as behind a proxy, a review is still smaller than the uploads that keep it out.
 */
export function boundInFlight(mostBytes: number): InFlight {
  const inOrder = new Set<Entry>()
  const byAddress = new Map<string, number>()
  let total = 0

  function count(entry: Entry, bytes: number): void {
    entry.bytes += bytes
    total += bytes
    const sum = (byAddress.get(entry.address) ?? 0) + bytes
    if (sum > 0) byAddress.set(entry.address, sum)
    else byAddress.delete(entry.address)
  }

  function release(entry: Entry): void {
    count(entry, -entry.bytes)
    entry.isOver = true
    inOrder.delete(entry)
  }

  function largest(): Entry | undefined {
    let found: Entry | undefined
    let sum = 0
    for (const entry of inOrder) {
      const ofAddress = byAddress.get(entry.address) ?? 0
      if (found && (ofAddress < sum || (ofAddress === sum && entry.bytes <= found.bytes))) continue
      found = entry
      sum = ofAddress
    }
    return found
  }

  function hold(entry: Entry, bytes: number): boolean {
    if (entry.isOver) return false
    inOrder.add(entry)
    count(entry, bytes)
    // One request alone may be larger: its own limits hold.
    while (total > mostBytes && inOrder.size > 1) {
      const cut = largest()
      if (!cut) break
      release(cut)
      cut.cut()
    }
    return !entry.isOver
  }

  return {
    bytes: () => total,
    hold(address, cut) {
      const entry: Entry = { address, bytes: 0, isOver: false, cut }
      let claimed = 0
      return {
        add(bytes) {
          const covered = Math.min(claimed, bytes)
          claimed -= covered
          return hold(entry, bytes - covered)
        },
        claim(bytes) {
          claimed += bytes
          return hold(entry, bytes)
        },
        release: () => release(entry),
      }
    },
  }
}

interface Entry {
  readonly address: string
  bytes: number
  isOver: boolean
  readonly cut: () => void
}
