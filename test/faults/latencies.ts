export type Latencies = ReturnType<typeof createLatencies>

/** Counts latencies by the millisecond, in memory that does not grow. */
export function createLatencies() {
  const counts = new Uint32Array(60_001)
  let total = 0
  return {
    add(ms: number) {
      const index = Math.min(Math.ceil(ms), counts.length - 1)
      counts[index] = (counts[index] ?? 0) + 1
      total++
    },
    /** The latency within which this share of the requests was answered, 0 to 1. */
    atMs(share: number): number {
      let seen = 0
      for (const [ms, count] of counts.entries()) {
        seen += count
        if (count > 0 && seen >= share * total) return ms
      }
      return 0
    },
  }
}
