import type { Logger } from 'pino'
import type { Facts } from '../admission/facts.ts'
import { knownProfiles } from '../admission/known-profiles.ts'
import type { ProfileFacts, ProfileReview } from '../admission/profile-review.ts'
import type { Decision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'
import type { Metrics } from './metrics.ts'
import type { RefusedReason } from './refusals.ts'
import { traceOf } from './trace.ts'

/** What became of one request. */
export type Verdict =
  | { readonly facts: Facts; readonly decision: Decision }
  | { readonly facts: ProfileFacts; readonly review: ProfileReview }
  | { readonly refused: RefusedReason; readonly message: string }
  | { readonly failure: unknown; readonly facts?: Facts | ProfileFacts }

/**
 * Accounts for each request: one count in the metrics, and one line in the log, whatever became of it. Refused requests,
 * which anybody can send, have one line a second together.
 * Neither says anything of what is in a Pod. That rules out a decision's message, which may quote an
 * annotation, and the names that were asked for and do not exist. A profile's review has a line and a count
 * of its own, without what is wrong with the profile.
 */
export function createAccounts(
  log: Logger,
  metrics: Metrics,
): (verdict: Verdict, durationMs: number) => void {
  const logRefusal = seldom(limits.refusalLogMs, (fields: object, others: number) =>
    log.warn({ ...fields, ...(others > 0 && { others }) }, 'request refused'),
  )
  return (verdict, durationMs) => {
    const { outcome, reason } = resultOf(verdict)
    const result = { outcome, reason, durationMs: Math.round(durationMs * 1_000) / 1_000 }
    if ('review' in verdict) {
      metrics.profileReviews.inc({ outcome, reason })
      return log.info({ ...verdict.facts, ...result }, 'profile reviewed')
    }
    metrics.requests.inc({ outcome, reason })
    metrics.duration.observe(durationMs / 1_000)

    if ('refused' in verdict) return logRefusal({ ...result, message: verdict.message })
    if ('failure' in verdict) {
      return log.error({ ...verdict.facts, ...result, ...traceOf(verdict.failure) }, 'call failed')
    }
    const { facts, decision } = verdict
    log.info({ ...facts, ...result, profiles: knownProfiles(decision.profiles) }, 'decided')
    if (facts.dryRun) return
    for (const { name, revision, outcome } of decision.profiles) {
      if (outcome === 'injected') metrics.injections.inc({ profile: name, revision })
    }
  }
}

/** Tells the first, and from then on the last of each interval, with the number of the others that are not told. */
function seldom<T>(intervalMs: number, tell: (last: T, others: number) => void): (one: T) => void {
  let isQuiet = false
  let untold = 0
  let last: T | undefined
  return one => {
    if (isQuiet) {
      untold++
      last = one
      return
    }
    isQuiet = true
    tell(one, 0)
    const next = () => {
      if (last === undefined) {
        isQuiet = false
        return
      }
      tell(last, untold - 1)
      last = undefined
      untold = 0
      setTimeout(next, intervalMs).unref()
    }
    setTimeout(next, intervalMs).unref()
  }
}

function resultOf(verdict: Verdict): { readonly outcome: string; readonly reason: string } {
  if ('refused' in verdict) return { outcome: 'refused', reason: verdict.refused }
  if ('failure' in verdict) return { outcome: 'failed', reason: 'InternalError' }
  const { outcome, reason } = 'review' in verdict ? verdict.review : verdict.decision
  return { outcome, reason }
}
