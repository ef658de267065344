import { isObject, type Json, type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { acceptedCondition, lastAcceptedIn } from '../../profile/accept/candidate.ts'
import { type Api, describeFailure } from '../api/api.ts'
import { keyOf } from '../api/mirror.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { namespacePace } from './namespace-pace.ts'
import { withAccepted } from './profile-conditions.ts'
import { overtaken, replacing, statusPathOf } from './status-patch.ts'

export interface PendingOptions {
  readonly verdicts: () => Iterable<Verdict>
  readonly isLeader: () => boolean
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  /** Time that the leader has for a new spec, before another replica writes that the spec is pending. */
  readonly pendingAfterMs?: number
}

/**
 * Writes into the status of a profile that its new spec is pending, if no leader has judged the spec for a while. Otherwise
 * the status would still be about the previous spec. Every replica except the leader does this, because there may be no
 * leader. The replicas do not write at the same time, and one write is enough.
 */
export function reportPending(api: Api, options: PendingOptions) {
  const { verdicts, isLeader, failed, signal, pendingAfterMs = 2_000 } = options
  const wakeSignal = new WakeSignal()
  const pace = namespacePace({ atOnce: limits.statusWritesAtOnce, perMinute: limits.statusWritesPerMinute })
  let waiting: ReadonlyMap<string, Waiting> = new Map()

  /** Records the specs without a verdict of a leader; returns those that have waited long enough. */
  function overdue(now: number): readonly Waiting[] {
    const still = new Map<string, Waiting>()
    // The leader writes its verdict itself.
    for (const verdict of isLeader() ? [] : verdicts()) {
      const { object } = verdict
      if (isJudged(object)) continue
      const { uid, generation } = metadataOf(object)
      const before = waiting.get(String(uid))
      const dueAt =
        before && before.generation === generation
          ? before.dueAt
          : now + pendingAfterMs * (1 + Math.random() / 2)
      still.set(String(uid), { verdict, generation, dueAt })
    }
    waiting = still
    return [...still.values()].filter(({ dueAt }) => dueAt <= now)
  }

  async function write(late: Waiting): Promise<void> {
    const { object } = late.verdict
    const { namespace } = metadataOf(object)
    const waitMs = namespace === undefined ? 0 : pace.take(String(namespace), performance.now())
    // After a success or a conflict, the watch sends the new version.
    late.dueAt = performance.now() + Math.max(waitMs, againMs)
    if (waitMs > 0) return
    const request = { ...replacing(object, pendingStatus(late.verdict)), signal }
    const answer = await api.request('PATCH', statusPathOf(object), request)
    if (!answer.ok && !overtaken.has(answer.status) && !signal.aborted)
      failed(`the status of ${keyOf(object)}: ${describeFailure(answer)}`)
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const next = Math.min(...Array.from(waiting.values(), ({ dueAt }) => dueAt))
      await wakeSignal.wait(Math.max(next - performance.now(), 0), signal)
      for (const late of overdue(performance.now())) if (!signal.aborted) await write(late)
    }
  }

  void run()
  return {
    /** Must be called after each change of the verdicts. */
    changed: () => wakeSignal.wake(),
  }
}

/** A profile that triggers a bug counts as judged, because the leader reports it. */
function isJudged(object: JsonObject): boolean {
  try {
    return acceptedCondition(object) !== undefined
  } catch {
    return true
  }
}

/** A spec without a verdict of a leader. */
interface Waiting {
  readonly verdict: Verdict
  readonly generation: Json | undefined
  dueAt: number
}

function pendingStatus({ object, inUse, profile }: Verdict): JsonObject {
  const before = isObject(object['status']) ? object['status'] : {}
  const serving =
    inUse === undefined
      ? 'Pods do not get this profile'
      : inUse === profile && lastAcceptedIn(object)?.revision !== inUse.revision
        ? 'Pods get this spec, because no other was accepted before'
        : `Pods get revision ${inUse.revision}, which was accepted before`
  const message = `no replica has verified this spec yet. Until the leader does, ${serving}`
  const condition = { type: 'Accepted', status: 'Unknown', reason: 'Pending', message } as const
  return {
    ...before,
    ...(inUse && { revision: inUse.revision }),
    conditions: withAccepted(object, condition),
  }
}

const againMs = 10_000
