import type { ShortfallKind } from '../../engine/missed.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { type Api, describeError, findByName } from '../api/api.ts'
import { askedToWait, delayAfter } from '../api/backoff.ts'
import { keyOf } from '../api/mirror.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { type BlockedCount, countBlocked } from './blocked-workloads.ts'
import type { EvictionResult } from './evict.ts'
import { evictions } from './evictions.ts'
import { type FindingCount, shownNamespaces } from './findings-by-namespace.ts'
import type { FoundPod } from './found-pod.ts'
import { podEvents } from './pod-event.ts'
import type { ProfileUsers } from './profile-users.ts'
import { type SweepOptions, sweepOnce } from './sweep.ts'

export interface SweepRegularlyOptions
  extends Pick<SweepOptions, 'examiner' | 'namespaceOf' | 'excludedNamespaces' | 'troubled'> {
  /** The name of the webhook configuration. */
  readonly name: string
  /** Only the leader sweeps; a new leader at once. */
  readonly isLeader: () => boolean
  /** Whether profiles and namespaces are known; before that, every profile would be missing. */
  readonly isReady: () => boolean
  readonly intervalMs: number
  readonly evict: 'none' | 'missed'
  readonly evictionsPerMinute: number
  /** The replica that writes the Events. */
  readonly identity: string
  readonly swept: (pass: Pass) => void
  readonly evicted: (pod: Pick<FoundPod, 'namespace' | 'name'>, result: EvictionResult) => void
  /** Called when this replica no longer leads. */
  readonly resigned: () => void
  /** Called with what went wrong and will be tried again. Says nothing about the contents of a Pod. */
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  /** Time between two checks for work. */
  readonly tickMs?: number
}

/** The result of one pass, small enough for a metric. */
export interface Pass {
  readonly durationMs: number
  readonly pods: number
  readonly examined: number
  /** Number of Pods with each kind of finding. */
  readonly totals: Readonly<Record<ShortfallKind, number>>
  readonly shortfalls: readonly FindingCount[]
  /** Workloads that cannot create Pods because of Pillion, by namespace; undefined if they cannot be read. */
  readonly blocked: readonly BlockedCount[] | undefined
  readonly users: ProfileUsers
}

/** Sweeps until the signal aborts; between two passes evicts Pods that the last one found. Never gives up. */
export function sweepRegularly(api: Api, options: SweepRegularlyOptions): void {
  const { isLeader, isReady, intervalMs, swept, resigned, failed, signal, tickMs = 1_000 } = options
  const { examiner, namespaceOf } = options
  const wakeSignal = new WakeSignal()
  const events = podEvents(api, options)
  const evicting = evictions(api, {
    ...options,
    perMinute: options.evictionsPerMinute,
    isMissed,
    async evicted(pod, result) {
      options.evicted(pod, result)
      if (result === 'evicted') await events.sayEvicted(pod)
    },
  })
  let dueAt = 0
  let failures = 0
  let wasLeader = false
  let evictsFrom = 0

  /** A Pod that meets a bug counts as missed, so that no more Pods are evicted. */
  function isMissed(pod: JsonObject): boolean {
    try {
      const namespace = namespaceOf(String(metadataOf(pod)['namespace']))
      return examiner.examine(pod, namespace)?.kind === 'Missed'
    } catch (error) {
      options.troubled?.({ kind: 'Pod', key: keyOf(pod) ?? '', error })
      return true
    }
  }

  async function pass(): Promise<void> {
    const startedAt = performance.now()
    const leading = new AbortController()
    // The next leader starts from the beginning.
    const watching = setInterval(() => isLeader() || leading.abort(), tickMs).unref()
    events.begin()
    evicting.begin()
    try {
      const found = async (pod: FoundPod) => {
        if (options.evict === 'missed') await evicting.consider(pod)
        await events.say(pod)
      }
      const during = AbortSignal.any([signal, leading.signal])
      const configuration = await findByName(api, configurationsPath, options.name, { signal: during })
      const sweeping = { ...options, configuration, found, signal: during }
      const { pods, examined, shortfalls, users } = await sweepOnce(api, sweeping)
      const blocked = await countBlocked(api, { failed, signal: during })
      const durationMs = performance.now() - startedAt
      failures = 0
      dueAt = performance.now() + intervalMs * (0.9 + Math.random() * 0.2)
      const { totals, top } = shortfalls
      swept({
        durationMs,
        pods,
        examined,
        totals: totals(),
        shortfalls: top(shownNamespaces),
        blocked,
        users,
      })
    } catch (error) {
      evicting.begin()
      failures += 1
      const backoff = { firstMs: Math.min(firstRetryMs, intervalMs), mostMs: intervalMs }
      dueAt = performance.now() + delayAfter(failures, backoff, askedToWait(error))
      if (!signal.aborted && !leading.signal.aborted) failed(`the sweep: ${describeError(error)}`)
    } finally {
      clearInterval(watching)
    }
  }

  /** Returns how long to wait. */
  async function step(): Promise<number> {
    const leads = isLeader()
    if (wasLeader && !leads) {
      evicting.begin()
      resigned()
    }
    if (leads && !wasLeader) {
      dueAt = 0
      evictsFrom = performance.now() + settlingTicks * tickMs
    }
    wasLeader = leads
    if (!leads || !isReady()) return tickMs
    if (performance.now() < dueAt) {
      return performance.now() < evictsFrom ? tickMs : Math.min(await evicting.next(), tickMs)
    }
    await pass()
    return 0
  }

  async function run(): Promise<void> {
    while (!signal.aborted) await wakeSignal.wait(await step(), signal)
  }
  void run()
}

const configurationsPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const firstRetryMs = 5_000
/**
 * A new leader may have started a moment ago, after an outage. It takes some seconds until the API server reaches it. A Pod that
 * replaces an evicted one before that would be missed, too.
 */
const settlingTicks = 15
