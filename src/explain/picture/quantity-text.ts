/**
 * An amount of a resource in the notation that people use for it: `250m` CPUs, `352Mi` of memory. Binary units if they divide
 * the amount to a short number, else decimal ones, else a rounded number: `≈541Mi`.
 */
export function quantityText(resource: string, billionths: bigint): string {
  const whole = divideUp(billionths, billion)
  if (resource === 'cpu')
    return billionths % billion === 0n ? String(whole) : `${divideUp(billionths, 1_000_000n)}m`
  if (billionths % billion !== 0n || whole < 1024n) return String(whole)
  for (const [unit, size] of [...binary, ...decimal])
    if (whole % size === 0n && whole / size < readable) return `${whole / size}${unit}`
  const [unit, size] = binary.find(([, size]) => whole >= 10n * size) ?? ['', 1n]
  return unit === '' ? String(whole) : `≈${divideUp(whole, size)}${unit}`
}

const billion = 1_000_000_000n

/** A number that people read at a glance. */
const readable = 10_000n

const binary = [
  ['Ti', 1024n ** 4n],
  ['Gi', 1024n ** 3n],
  ['Mi', 1024n ** 2n],
  ['Ki', 1024n],
] as const

const decimal = [
  ['T', 1_000_000_000_000n],
  ['G', 1_000_000_000n],
  ['M', 1_000_000n],
  ['k', 1_000n],
] as const

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}
