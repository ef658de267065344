/** The sample that a share of all others are not above: 0.5 is the median, 1 the greatest. NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5)
}

/** `41.2 ±0.6`: the median, and half of the range that the middle half of the samples is in. */
export function medianWithSpread(samples: readonly number[], digits = 1): string {
  const half = (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2
  return `${median(samples).toFixed(digits)} ±${half.toFixed(digits)}`
}
