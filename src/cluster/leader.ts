import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api/api.ts'
import { type Lease, type LeaseOptions, leaseAt } from './lease.ts'

export type Candidate = ReturnType<typeof lead>

/** The Lease, and an `identity` that gets a suffix to be unique. */
interface LeadOptions extends LeaseTimes, Omit<LeaseOptions, 'seconds'> {
  /** Called when this candidate becomes the leader, and when it no longer is. */
  readonly changed?: (isLeader: boolean) => void
  readonly failed: (reason: string) => void
  /** Ends the candidacy; a leader releases the Lease. */
  readonly signal: AbortSignal
}

export interface LeaseTimes {
  /** How long the holder of a Lease may be silent before another candidate takes it; rounded up to seconds. */
  readonly leaseMs?: number
  /** How long a leader that cannot renew leads; shorter than `leaseMs`. */
  readonly renewMs?: number
  readonly retryMs?: number
}

/**
 * Runs for leader until the signal aborts, as client-go does: the leader renews the Lease, and another candidate takes it
 * after its duration without a renewal. No clocks are compared: only the time since this process saw the record change
 * counts. https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export function lead(api: Api, options: LeadOptions) {
  const { changed = () => {}, failed, signal } = options
  const { leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000 } = options
  const identity = `${options.identity}_${randomUUID()}`
  const lease = leaseAt(api, { ...options, identity, seconds: Math.ceil(leaseMs / 1_000) })
  let seen: Lease | undefined
  let seenAt = 0
  let renewedAt = Number.NEGATIVE_INFINITY
  let wasLeader = false

  const isLeader = () => now() - renewedAt < renewMs && !signal.aborted

  function see(found: Lease): void {
    if (found.record !== seen?.record) seenAt = now()
    seen = found
  }

  /** Takes or renews the Lease, unless another candidate may still hold it. */
  async function attempt(): Promise<void> {
    // A later answer would say nothing about the present.
    const asking = { timeoutMs: renewMs, signal }
    const read = isLeader() && seen ? seen : await lease.read(asking)
    if (typeof read === 'string') return failed(read)
    see(read)
    const isOthers = read.holder !== '' && read.holder !== identity
    if (isOthers && now() - seenAt < read.seconds * 1_000) return
    // The time before the request: other candidates count from the write.
    const askedAt = now()
    const written = await lease.take(read, asking)
    if (written === 'overtaken') seen = undefined
    else if (typeof written === 'string') failed(written)
    else {
      see(written)
      renewedAt = askedAt
    }
  }

  function tell(): void {
    const is = isLeader()
    if (is !== wasLeader) changed(is)
    wasLeader = is
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await attempt()
      tell()
      const untilLost = wasLeader ? renewedAt + renewMs - now() : retryMs
      // With jitter, because candidates may have started at the same time.
      const pauseMs = retryMs * (1 + Math.random() * 0.2)
      const waitMs = Math.min(pauseMs, Math.max(untilLost, 1))
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {})
      tell()
    }
    const isOurs = now() - renewedAt < leaseMs && seen
    renewedAt = Number.NEGATIVE_INFINITY
    // Otherwise the next leader would wait for all of leaseMs.
    if (isOurs) await lease.release(isOurs, { timeoutMs: releaseMs })
  }

  return {
    /** Whether this candidate leads now; false before another candidate can lead. */
    isLeader,
    /** Resolves after the signal, when the Lease is released or cannot be. Never rejects. */
    ended: run(),
  }
}

// A process that ends waits no longer than this.
const releaseMs = 2_000

/** Monotonic: the time of day may jump. */
function now(): number {
  return performance.now()
}
