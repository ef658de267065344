import { type Loopback, startOnLoopback } from '../../src/cli/demo/loopback.ts'
import { kubernetesVersion } from './from.ts'

/** The real server with the catalog, for an API server on the same machine. */
export interface Pillion extends Loopback {
  /** All calls of the webhook so far, by `outcome/reason`. */
  calls(): Promise<ReadonlyMap<string, number>>
}

export async function startPillion(): Promise<Pillion> {
  const running = await startOnLoopback({ kubernetesVersion })
  if ('problems' in running) throw new Error(running.problems.join('\n'))
  return { ...running, calls: () => callsAt(running.metricsPort) }
}

/** All calls of a webhook so far, by `outcome/reason`, as its metrics have them. */
export async function callsAt(metricsPort: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const series = text.matchAll(/^pillion_admission_requests_total\{outcome="(\w+)",reason="(\w+)"\} (\d+)$/gm)
  const calls = [...series].map(
    ([, outcome, reason, count]) => [`${outcome}/${reason}`, Number(count)] as const,
  )
  return new Map(calls.filter(([, count]) => count > 0))
}
