import { setTimeout as sleep } from 'node:timers/promises'
import { startBalancer } from '../../apiserver/balancer.ts'
import type { PillionProcess } from './pillion-process.ts'

/**
 * The Service of Pillion, as a cluster has it: each new connection goes to the next replica that is ready, and a connection
 * stays where it is. The probes are those of `deploy/base/deployment.yaml`.
 */
export async function startService(networkMs: number) {
  const balancer = await startBalancer(networkMs)
  const probing = new Map<PillionProcess, AbortController>()

  /** Probes a replica, and sends it connections while it is ready. */
  function add(replica: PillionProcess, noted: (what: string) => void): void {
    const stopping = new AbortController()
    probing.set(replica, stopping)
    balancer.add(replica.port)
    void probe(replica, stopping.signal, noted)
  }

  async function probe(replica: PillionProcess, signal: AbortSignal, noted: (what: string) => void) {
    let isReady = true
    let failures = 0
    while (!signal.aborted) {
      const isFine = (await replica.probe('/readyz', probes.timeoutMs).catch(() => 0)) === 200
      failures = isFine ? 0 : failures + 1
      if (isReady && failures >= probes.failureThreshold) {
        isReady = false
        noted(`${replica.name} is not ready`)
        void balancer.remove(replica.port)
      } else if (!isReady && isFine) {
        isReady = true
        noted(`${replica.name} is ready again`)
        balancer.add(replica.port)
      }
      await sleep(probes.periodMs, undefined, { signal }).catch(() => {})
    }
    if (isReady) await balancer.remove(replica.port)
  }

  return {
    port: balancer.port,
    add,
    /** Sends it no new connection. */
    remove(replica: PillionProcess): void {
      probing.get(replica)?.abort()
      probing.delete(replica)
    },
    stop() {
      for (const stopping of probing.values()) stopping.abort()
      balancer.stop()
    },
  }
}

const probes = { periodMs: 2_000, timeoutMs: 2_000, failureThreshold: 8 }
