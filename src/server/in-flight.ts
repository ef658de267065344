import { createHoldings } from './holdings.ts'

/** The bytes that one request holds until it ends. */
export interface Held {
  /** Adds this number of bytes; false if this request is cut, now or earlier. */
  add(bytes: number): boolean
  /** Holds bytes that are announced; `add` then counts only the bytes beyond them. */
  claim(bytes: number): boolean
  /** How many it holds now. */
  bytes(): number
  release(): void
}

export type InFlight = ReturnType<typeof boundInFlight>

/**
 * Limits the bytes that all requests hold together. Beyond the limit it cuts the largest request of the address that holds
 * the most. Behind a proxy all callers have one address; a review is still smaller than the uploads.
 */
export function boundInFlight(mostBytes: number) {
  /** By the function that ends the request. */
  const requests = createHoldings<() => void>()
  return {
    bytes: requests.total,
    /** Starts a request from that address. `cut` is called once if its memory is needed, after its bytes are released. */
    hold(address: string, cut: () => void): Held {
      let isOver = false
      let claimed = 0
      const release = () => {
        isOver = true
        requests.delete(end)
      }
      const end = () => {
        release()
        cut()
      }
      const claim = (bytes: number) => {
        if (isOver) return false
        requests.add(end, address, bytes)
        // One request alone may be larger: other limits apply to it.
        while (requests.total() > mostBytes && requests.count() > 1) requests.mostDispensable()?.()
        return !isOver
      }
      return {
        add(bytes) {
          const covered = Math.min(claimed, bytes)
          claimed -= covered
          return claim(bytes - covered)
        },
        claim(bytes) {
          claimed += bytes
          return claim(bytes)
        },
        bytes: () => requests.size(end),
        release,
      }
    },
  }
}
