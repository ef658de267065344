/**
 * The most that each may have of a total (max-min fairness): all of the total is used, and a share that wants no more than
 * this gets all that it wants. Infinity if there is enough for all. Depends on the numbers alone. n log n.
 */
export function fairShare(wanted: Iterable<number>, total: number): number {
  const ascending = Float64Array.from(wanted).sort()
  let left = total
  for (const [i, each] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i))
    if (each > share) return share
    left -= each
  }
  return Number.POSITIVE_INFINITY
}
