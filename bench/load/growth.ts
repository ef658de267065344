import { memoryOf } from '../process/memory.ts'
import type { Measured } from './load.ts'

/** How the memory of a server grew with the requests it answered. */
export interface Growth {
  /** MB per million requests, by least squares. */
  readonly slope: number
  /** Its standard error: below it nothing is known. */
  readonly error: number
}

/**
 * Looks at the RSS of a process while it is under load. The first fifth of the requests does not count: caches fill,
 * and V8 finds out how large a heap pays.
 */
export async function growthDuring(
  pid: number,
  load: () => Promise<Measured>,
): Promise<{ readonly measured: Measured; readonly growth: Growth }> {
  const started = performance.now()
  const samples: { readonly ms: number; readonly rssMb: number }[] = []
  const sample = async () => {
    const { rssMb } = await memoryOf(pid)
    samples.push({ ms: performance.now() - started, rssMb })
  }
  const timer = setInterval(() => void sample(), intervalMs)
  try {
    const measured = await load()
    // At a steady pace, as both kinds of load are, requests are time.
    const millionsPerMs = measured.requests / (measured.seconds * 1_000) / 1_000_000
    const counted = samples.filter(({ ms }) => ms > measured.seconds * 200)
    const points = counted.map(({ ms, rssMb }) => [ms * millionsPerMs, rssMb] as const)
    return { measured, growth: lineThrough(points) }
  } finally {
    clearInterval(timer)
  }
}

const intervalMs = 200

/** https://en.wikipedia.org/wiki/Simple_linear_regression */
function lineThrough(points: readonly (readonly [x: number, y: number])[]): Growth {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const sum = (term: (dx: number, dy: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0)
  const squares = sum(dx => dx * dx)
  const slope = sum((dx, dy) => dx * dy) / squares
  const residual = sum((dx, dy) => (dy - slope * dx) ** 2) / (points.length - 2)
  return { slope, error: Math.sqrt(residual / squares) }
}
