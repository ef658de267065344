import { createHoldings } from './holdings.ts'

/** The wait of one review. */
interface Wait {
  /** Resolves early if another review needs the place of this one. */
  readonly over: Promise<void>
  /** How long it may still wait, in ms; 0 when it is over. */
  leftMs(): number
  end(): void
}

/**
 * Limits how many reviews wait at the same time, and the bytes that they hold together. Beyond a limit, the oldest or largest
 * wait of the namespace that has the most is over. Anybody who may create a Pod can make reviews wait, and must not take the
 * places or the memory of other namespaces.
 */
export function boundWaits(mostReviews: number, mostBytes: number) {
  const places = createHoldings<() => void>()
  const memory = createHoldings<() => void>()
  return {
    /** Starts the wait of a review that holds these bytes. It may be over at once. */
    start(namespace: string, bytes: number, longestMs: number): Wait {
      let until = performance.now() + longestMs
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const end = () => {
        places.delete(end)
        memory.delete(end)
        until = 0
        resolve()
      }
      places.add(end, namespace, 1)
      memory.add(end, namespace, bytes)
      if (places.count() > mostReviews) places.mostDispensable()?.()
      while (memory.total() > mostBytes) memory.mostDispensable()?.()
      return { over, leftMs: () => Math.max(0, until - performance.now()), end }
    },
  }
}
