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
 * Limits how many reviews wait at the same time. Beyond the limit, the oldest wait of the namespace that has the most is over.
 * Anybody who may create a Pod can make reviews wait, and must not take the places of other namespaces.
 */
export function boundWaits(most: number): { start(namespace: string, longestMs: number): Wait } {
  const waits = createHoldings<() => void>()
  return {
    start(namespace, longestMs) {
      let until = performance.now() + longestMs
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const end = () => {
        waits.delete(end)
        until = 0
        resolve()
      }
      waits.add(end, namespace, 1)
      if (waits.count() > most) waits.mostDispensable()?.()
      return { over, leftMs: () => Math.max(0, until - performance.now()), end }
    },
  }
}
