/** The vertical part of a line that several rows share, from its first row to its last one. */
export interface Lane {
  readonly first: number
  readonly last: number
  /** Counts from 0, from the boxes outwards. */
  readonly at: number
}

/** More lines side by side would be a grey area. */
const mostLanes = 10

/**
 * The lanes of the lines, by their ends. Lines whose rows do not overlap can have the same lane. A line for which no lane
 * is free has none: each of its rows then names its end. `ends` has the end of each row, in order; empty for a row without a line.
 */
export function lanesOf(ends: readonly string[]): ReadonlyMap<string, Lane> {
  const rows = Map.groupBy(ends.keys(), row => ends[row]!)
  rows.delete('')
  const spans = Array.from(rows, ([end, all]) => ({ end, first: all[0]!, last: all.at(-1)! }))
  const shared = spans.filter(({ first, last }) => first < last)
  const free: number[] = []
  const lanes = new Map<string, Lane>()
  // In the order of their first rows.
  for (const { end, first, last } of shared) {
    const at = Array.from({ length: mostLanes }, (_, i) => free[i] ?? -1).findIndex(until => until < first)
    if (at < 0) continue
    free[at] = last
    lanes.set(end, { first, last, at })
  }
  return lanes
}
