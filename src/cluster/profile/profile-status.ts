import { setImmediate as breath } from 'node:timers/promises'
import { equal, type Json, type JsonObject, member, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { usedByIn } from '../../profile/accept/used-by.ts'
import type { Finding } from '../../profile/rollout/finding.ts'
import { type Api, describeFailure } from '../api/api.ts'
import { defaultBackoff, delayAfter, type RetryOptions } from '../api/backoff.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem, type ObjectProblem } from '../api/object-problem.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import type { ProfileUsers } from '../sweep/profile-users.ts'
import { type Counted, usersOf } from './counted-users.ts'
import { type Judged, statusOf } from './due-status.ts'
import { namespacePace } from './namespace-pace.ts'
import { type PendingOptions, reportPending } from './pending-status.ts'
import { needsProof } from './profile-conditions.ts'
import { type ProfileEventOptions, profileEvents } from './profile-event.ts'
import { maxAttempts, type ProveOptions, proofOf } from './proof.ts'
import { revisionCleaner } from './revision-cleaner.ts'
import { type KeeperOptions, revisionKeeper } from './revision-keeper.ts'
import { type RolloutReportOptions, rolloutReport } from './rollout-report.ts'
import { kindOf, overtaken, replacing, statusPathOf } from './status-patch.ts'

export interface StatusOptions
  extends ProveOptions,
    KeeperOptions,
    RetryOptions,
    Pick<PendingOptions, 'pendingAfterMs'>,
    Pick<ProfileEventOptions, 'identity'>,
    Pick<RolloutReportOptions, 'updatesPods' | 'now'> {
  readonly verdicts: () => Iterable<Verdict>
  /** Only the leader verifies profiles and writes the result. */
  readonly isLeader: () => boolean
  /** Whether a sweep counts the users of profiles. Default: true. */
  readonly countsUsers?: boolean
  /** Called if a bug occurs during the report on a profile. Default: `failed`. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
}

/**
 * Keeps the status of each profile as its verdict says, until the signal aborts: what is in use, why, and the result of
 * the dry run. An accepted spec is verified once, before its acceptance is written. A correct status is not written.
 */
export function reportStatuses(api: Api, options: StatusOptions) {
  const { verdicts, isLeader, failed, sample, signal, backoff = defaultBackoff, now = Date.now } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const wakeSignal = new WakeSignal()
  const pending = reportPending(api, options)
  const events = profileEvents(api, options)
  const keeper = revisionKeeper(api, options)
  const cleaner = revisionCleaner(api, options)
  const rollouts = rolloutReport({ ...options, keptOf: options.revisions.of })
  const progress = new Map<string, Progress>()
  const uncounted = options.countsUsers === false ? 'never' : undefined
  /** What a sweep of this replica found; undefined before its first one. */
  let users: Counted = uncounted
  /** The profiles that Pods have, by uid. */
  const inUse = new Map<string, JsonObject>()
  const pace = namespacePace({ atOnce: limits.statusWritesAtOnce, perMinute: limits.statusWritesPerMinute })

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await wakeSignal.wait(pauseMs(progress.values(), rollouts.nextAt() - now()), signal)
      if (isLeader()) await reportAll([...verdicts()])
      else forget()
    }
  }

  function forget(): void {
    progress.clear()
    inUse.clear()
    rollouts.keep(new Set())
    cleaner.keep(new Set())
    users = uncounted
  }

  async function reportAll(all: readonly Verdict[]): Promise<void> {
    const problems: string[] = []
    const queue = all.values()
    let sliceStart = performance.now()
    const worker = async () => {
      for (const verdict of queue) {
        if (performance.now() - sliceStart > sliceMs) {
          await breath()
          sliceStart = performance.now()
        }
        if (signal.aborted || !isLeader()) return
        const { object } = verdict
        const [kind, key] = [kindOf(object), keyOf(object) ?? '']
        try {
          const problem = (await report(verdict)) ?? (await cleaner.clean(verdict, usersOf(users, object)))
          if (problem !== undefined) problems.push(`the status of ${kind} ${key}: ${problem}`)
        } catch (error) {
          // A bug that one profile triggers must not end the reports on others.
          const doneWith = metadataOf(object)['resourceVersion']
          progress.set(uidOf(object), { ...progressOn(object), doneWith })
          troubled({ kind, key, error })
        }
      }
    }
    await Promise.all(Array.from({ length: requestsAtATime }, worker))
    const [first, ...others] = problems
    if (first !== undefined && !signal.aborted)
      failed(`${first}${others.length > 0 ? `; and ${others.length} more profiles failed` : ''}`)
    const there = new Set(all.map(({ object }) => uidOf(object)))
    for (const uid of progress.keys()) if (!there.has(uid)) progress.delete(uid)
    rollouts.keep(there)
    cleaner.keep(there)
    for (const [uid, object] of inUse) {
      if (there.has(uid)) continue
      inUse.delete(uid)
      await events.deleted(object)
    }
  }

  /** Returns what went wrong. */
  async function report(verdict: Verdict): Promise<string | undefined> {
    const { object } = verdict
    const uid = uidOf(object)
    if ((usedByIn(object)?.pods ?? 0) > 0) inUse.set(uid, withoutSpec(object))
    else inUse.delete(uid)
    rollouts.looks(object)
    const so = progressOn(object)
    const { namespace, resourceVersion } = metadataOf(object)
    // `doneWith`: the watch has not sent the written version yet.
    if (so.doneWith === resourceVersion || so.notBefore > performance.now()) return undefined
    const isOpen = !so.proof && needsProof(verdict, sample !== undefined)
    const revision = verdict.accepted ? verdict.profile?.revision : undefined
    if (!isOpen && (revision === undefined || keeper.isKept({ object, revision }))) {
      const status = statusOf(verdict, { proof: so.proof }, users, rollouts)
      const isRight = equal(status, object['status'])
      if (isRight) progress.delete(uid)
      if (isRight || rollouts.mustWait(object, status)) return undefined
    }
    const waitMs = namespace === undefined ? 0 : pace.take(String(namespace), performance.now())
    if (waitMs > 0) {
      progress.set(uid, { ...so, notBefore: performance.now() + waitMs })
      return undefined
    }
    const proof = so.proof ?? (isOpen ? await proofOf(api, verdict, so.failures, options) : undefined)
    if (proof?.outcome === 'later') return postpone(uid, so, proof.message, proof.afterMs)

    // Before the status that names it.
    const toKeep = proof?.outcome === 'refused' ? undefined : revision
    const notKept = toKeep === undefined ? undefined : await keeper.keep({ object, revision: toKeep })
    if (notKept && !notKept.isTaken && so.failures < maxAttempts) {
      const problem = postpone(uid, { ...so, proof }, notKept.message, notKept.afterMs)
      return notKept.isEarly ? undefined : problem
    }

    const path = statusPathOf(object)
    const status = statusOf(verdict, { proof, notKept }, users, rollouts)
    if (equal(status, object['status'])) {
      // Somebody deleted its revision, which is there again, or cannot be written again.
      if (notKept) return postpone(uid, { ...so, proof, notKept }, notKept.message, notKept.afterMs)
      progress.delete(uid)
      return undefined
    }
    const answer = await api.request('PATCH', path, { ...replacing(object, status), signal })
    const known = { ...so, ...(proof && { proof }), notKept }
    if (answer.ok) {
      progress.set(uid, { ...fresh, generation: so.generation, doneWith: resourceVersion })
      rollouts.written(object, status)
      await events.judged(object, status)
      await events.rolled(object, status, verdict.profile?.rollout)
      return (
        notKept && postpone(uid, { ...known, doneWith: resourceVersion }, notKept.message, notKept.afterMs)
      )
    }
    const message = describeFailure(answer)
    if (!overtaken.has(answer.status) && !permanent.has(answer.status))
      return postpone(uid, known, message, answer.retryAfterMs)
    progress.set(uid, { ...known, doneWith: resourceVersion })
    return overtaken.has(answer.status) ? undefined : message
  }

  function progressOn(object: JsonObject): Progress {
    const { generation } = metadataOf(object)
    const so = progress.get(uidOf(object))
    return so && so.generation === generation ? so : { ...fresh, generation }
  }

  function postpone(uid: string, so: Progress, message: string, afterMs: number | undefined): string {
    const failures = so.failures + 1
    progress.set(uid, {
      ...so,
      failures,
      notBefore: performance.now() + delayAfter(failures, backoff, afterMs),
    })
    return message
  }

  void run()
  return {
    /** Must be called after each change of the verdicts, and on a new leader. */
    changed(): void {
      pending.changed()
      wakeSignal.wake()
    },
    /** Must be called with what a sweep found. */
    counted(found: ProfileUsers): void {
      users = { found, among: new Set([...verdicts()].map(({ object }) => uidOf(object))) }
      cleaner.swept(users.among)
      wakeSignal.wake()
    },
    /** Must be called with what a look at the Pods of a profile found, by its uid. */
    rolled(uid: string, finding: Finding): void {
      if (rollouts.found(uid, finding)) wakeSignal.wake()
    },
  }
}

/** How far the report on one profile is. */
interface Progress extends Judged {
  /** The generation of the spec that this is about. */
  readonly generation: Json | undefined
  /** The version that needs no more writes: its status was written, or cannot be. */
  readonly doneWith?: Json | undefined
  readonly failures: number
  /** By the monotonic clock: the time of day may jump. */
  readonly notBefore: number
}

const fresh = { failures: 0, notBefore: 0 } as const

const requestsAtATime = 4
// The leader answers reviews, too.
const sliceMs = 20
// Within this time, a new leader notices that it leads.
const idleMs = 10_000

function pauseMs(all: Iterable<Progress>, mostMs: number): number {
  const next = Math.min(...[...all].map(({ notBefore }) => notBefore || Number.POSITIVE_INFINITY))
  return Math.min(Math.max(Math.min(next - performance.now(), mostMs), 0), idleMs)
}

// The same request would fail again.
const permanent: ReadonlySet<number> = new Set([400, 413, 422])

function uidOf(object: JsonObject): string {
  return String(metadataOf(object)['uid'])
}

/** What an Event needs. */
function withoutSpec({ metadata = {}, status = {} }: JsonObject): JsonObject {
  return { metadata, status: { usedBy: member(status, 'usedBy') } }
}
