import { cpus, loadavg, release, totalmem } from 'node:os'

/** What a figure was measured on. */
export interface Machine {
  readonly description: string
  /** Runnable processes of the last minute before and after it; beyond a few tenths the figures are of a busy machine. */
  readonly load: { readonly before: number; readonly after: number }
}

/** Runs `measure` and says on what. */
export async function onThisMachine<T>(measure: () => Promise<T>): Promise<{ result: T; machine: Machine }> {
  const before = load()
  const result = await measure()
  const after = load()
  const day = new Date().toISOString().slice(0, 10)
  const gibibytes = Math.round(totalmem() / 1_024 ** 3)
  const model = (cpus()[0]?.model ?? 'unknown').replaceAll(/\s+/g, ' ').trim()
  const description = `on ${day}, ${cpus().length} cores of ${model}, ${gibibytes} GiB, Linux ${release()}, Node ${process.versions.node}; load of the machine before it ${before}`
  return { result, machine: { description, load: { before, after } } }
}

function load(): number {
  return Number((loadavg()[0] ?? 0).toFixed(1))
}
