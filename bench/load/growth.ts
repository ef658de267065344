import { memoryOf } from '../../test/process/memory.ts'
import { type Line, lineThrough } from '../samples/line.ts'
import type { Measured } from './load.ts'

/** How the memory of a server grew with the requests it answered: its slope is in MB per million of them. */
export type Growth = Line

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
