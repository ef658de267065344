import { randomUUID } from 'node:crypto'
import type { Api } from './api/api.ts'
import { WakeSignal } from './api/wake-signal.ts'
import { type Lease, leaseAt } from './lease.ts'

/** One of several replicas that want the same Lease. */
export interface Candidate {
  /** Whether this one leads, now: what it says is over before anybody else can lead. */
  isLeader(): boolean
  /** Resolves some time after the signal, when the Lease is given back or cannot be. Never rejects. */
  readonly ended: Promise<void>
}

export interface LeadOptions extends LeaseTimes {
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Whom the Lease names as its holder, with a suffix that makes it unlike every other. */
  readonly identity: string
  /** Hears that this one leads, or does no longer. */
  readonly changed?: (isLeader: boolean) => void
  readonly failed: (reason: string) => void
  /** Ends the candidature; a leader gives the Lease back. */
  readonly signal: AbortSignal
}

export interface LeaseTimes {
  /** How long others leave a Lease alone that is not renewed; rounded up to seconds. */
  readonly leaseMs?: number
  /** How long a leader that cannot renew is one; shorter than `leaseMs`. */
  readonly renewMs?: number
  readonly retryMs?: number
}

/**
 * Runs for leader until the signal comes, as client-go does: the Lease names the leader, who renews it, and
 * whoever has seen no renewal for the time that it names takes it. No clock is compared with another one: only
 * how long ago this process saw the record change counts.
 * https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export function lead(api: Api, options: LeadOptions): Candidate {
  const { changed = () => {}, failed, signal } = options
  const { leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000 } = options
  const identity = `${options.identity}_${randomUUID()}`
  const lease = leaseAt(api, { ...options, identity, seconds: Math.ceil(leaseMs / 1_000) })
  const wakeSignal = new WakeSignal()
  let seen: Lease | undefined
  let seenAt = 0
  let renewedAt = Number.NEGATIVE_INFINITY
  let wasLeader = false

  const isLeader = () => now() - renewedAt < renewMs && !signal.aborted

  function see(found: Lease): void {
    if (found.record !== seen?.record) seenAt = now()
    seen = found
  }

  /** Takes the Lease, or renews it, where nobody else may have it. */
  async function attempt(): Promise<void> {
    // What the API server says after so long says nothing about now.
    const asking = { timeoutMs: renewMs, signal }
    const read = isLeader() && seen ? seen : await lease.read(asking)
    if (typeof read === 'string') return failed(read)
    see(read)
    const isOthers = read.holder !== '' && read.holder !== identity
    if (isOthers && now() - seenAt < read.seconds * 1_000) return
    // Before it is asked: the others count from when it is written.
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
      await wakeSignal.wait(Math.min(retryMs * (1 + jitter()), Math.max(untilLost, 1)), signal)
      tell()
    }
    const isOurs = now() - renewedAt < leaseMs && seen
    renewedAt = Number.NEGATIVE_INFINITY
    // Without it the next one waits for all of leaseMs.
    if (isOurs) await lease.release(isOurs, { timeoutMs: releaseMs })
  }

  return { isLeader, ended: run() }
}

// Longer than this a process that ends does not wait.
const releaseMs = 2_000

/** Not the time of day, which may jump. */
function now(): number {
  return performance.now()
}

/** So that candidates who started at once do not ask at once for ever. */
function jitter(): number {
  return Math.random() * 0.2
}
