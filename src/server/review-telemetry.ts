import { knownProfiles } from '../admission/known-profiles.ts'
import type { LogFields } from '../admission/log-fields.ts'
import type { ProfileLogFields, ProfileReview } from '../admission/profile-review.ts'
import type { WorkloadLogFields } from '../admission/workload-review.ts'
import type { Decision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { RefusedReason } from './refusals.ts'
import { traceOf } from './trace.ts'

/** What became of one request. */
export type RequestResult =
  | { readonly logFields: LogFields; readonly decision: Decision }
  | { readonly logFields: ProfileLogFields; readonly review: ProfileReview }
  | { readonly logFields: WorkloadLogFields; readonly mistakes: number }
  | { readonly refused: RefusedReason; readonly message: string }
  | { readonly failure: unknown; readonly logFields?: LogFields | ProfileLogFields | WorkloadLogFields }

/**
 * Counts each request in the metrics and writes one line about it to the log. Refused requests share one line a second,
 * because anybody can send them. The contents of a Pod appear in neither: not the message of a decision, which may quote
 * an annotation, nor the name of a profile that does not exist. The reviews of profiles and of workloads have their own
 * metrics and their own lines, without what is wrong with them.
 */
export function createReviewTelemetry(
  log: Log,
  metrics: Metrics,
): (result: RequestResult, durationMs: number) => void {
  const logRefusal = seldom(limits.refusalLogMs, (fields: object, others: number) =>
    log.warn({ ...fields, ...(others > 0 && { others }) }, 'request refused'),
  )
  return (result, durationMs) => {
    const time = { durationMs: Math.round(durationMs * 1_000) / 1_000 }
    if ('mistakes' in result) {
      const { logFields, mistakes } = result
      metrics.workloadReviews.inc({ outcome: mistakes > 0 ? 'warned' : 'clean' })
      return log.info({ ...logFields, mistakes, ...time }, 'workload reviewed')
    }
    const { outcome, reason } = outcomeOf(result)
    const fields = { outcome, reason, ...time }
    if ('review' in result) {
      metrics.profileReviews.inc({ outcome, reason })
      return log.info({ ...result.logFields, ...fields }, 'profile reviewed')
    }
    metrics.requests.inc({ outcome, reason })
    metrics.duration.observe(durationMs / 1_000)

    if ('refused' in result) return logRefusal({ ...fields, message: result.message })
    if ('failure' in result) {
      return log.error({ ...result.logFields, ...fields, ...traceOf(result.failure) }, 'request failed')
    }
    const { logFields, decision } = result
    log.event({ ...logFields, ...fields, profiles: knownProfiles(decision.profiles) }, 'decided')
    if (logFields.dryRun) return
    for (const { name, revision, outcome } of decision.profiles) {
      if (outcome === 'injected') metrics.injections.inc({ profile: name, revision })
    }
  }
}

/** Passes on the first item, then the last item of each interval with the number of items before it. */
function seldom<T>(intervalMs: number, tell: (last: T, others: number) => void): (one: T) => void {
  let isQuiet = false
  let untold = 0
  let last: T | undefined
  function next(): void {
    isQuiet = last !== undefined
    if (last === undefined) return
    const [told, others] = [last, untold - 1]
    last = undefined
    untold = 0
    tell(told, others)
    setTimeout(next, intervalMs).unref()
  }
  return one => {
    untold++
    last = one
    if (!isQuiet) next()
  }
}

function outcomeOf(result: Exclude<RequestResult, { mistakes: number }>): {
  readonly outcome: string
  readonly reason: string
} {
  if ('refused' in result) return { outcome: 'refused', reason: result.refused }
  if ('failure' in result) return { outcome: 'failed', reason: 'InternalError' }
  const { outcome, reason } = 'review' in result ? result.review : result.decision
  return { outcome, reason }
}
