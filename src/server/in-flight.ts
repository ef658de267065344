/** The bytes that one request holds until it ends. */
export interface Held {
  /** Adds this number of bytes; false if this request is cut, now or earlier. */
  add(bytes: number): boolean
  /** Holds bytes that are announced; `add` then counts only the bytes beyond them. */
  claim(bytes: number): boolean
  release(): void
}

export interface InFlight {
  /** Starts a request from that address. `cut` is called once if its memory is needed, after its bytes are released. */
  hold(address: string, cut: () => void): Held
  readonly bytes: () => number
}

/**
 * Limits the bytes that all requests hold together. Beyond the limit it cuts the largest request of the address that holds
 * the most. So a Pod that uploads cannot keep out the API server, which has another address. Behind a proxy all callers
 * have one address; a review is still smaller than the uploads.
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
    // One request alone may be larger: other limits apply to it.
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
