/**
 * The most that each may have of a total, so that all of it is used and those who want little get all they want:
 * whoever wants no more than the share loses nothing to those who want more. Infinity when there is enough for all.
 * Depends on nothing but the numbers. n log n.
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
