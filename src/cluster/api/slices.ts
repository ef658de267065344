import { setImmediate as breath } from 'node:timers/promises'

/** To be awaited between two pieces of work: once so much time was used, whatever else waits in the process comes first. */
export function slices(sliceMs: number): () => Promise<void> {
  let startedAt = performance.now()
  return async () => {
    if (performance.now() - startedAt < sliceMs) return
    await breath()
    startedAt = performance.now()
  }
}
