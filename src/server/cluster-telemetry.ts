import type { Logger } from 'pino'
import type { ObjectProblem } from '../cluster/api/object-problem.ts'
import type { SweepRegularlyOptions } from '../cluster/sweep/sweep-loop.ts'
import type { Metrics } from './metrics.ts'
import { traceOf } from './trace.ts'

/** Counts and logs objects that Pillion could not handle. The log names the object, and shows nothing of its contents. */
export function createObjectTelemetry(log: Logger, metrics: Metrics): (troubled: ObjectProblem) => void {
  return ({ kind, key, error }) => {
    metrics.objectProblems.inc({ kind })
    log.error(
      { kind, object: key, ...traceOf(error) },
      'Pillion could not handle an object; other objects are not affected',
    )
  }
}

/**
 * Logs failed requests to the API server. While it does not answer, each informer tries again and again, so the same failure
 * is logged again after ten minutes at the earliest, with the number of times that it happened since.
 */
export function createFailureTelemetry(
  log: Logger,
  now = () => performance.now(),
): (problem: string) => void {
  const logged = new Map<string, { at: number; since: number }>()
  return problem => {
    const before = logged.get(problem)
    if (before) before.since++
    if (before && now() - before.at < logAgainMs) return
    logged.delete(problem)
    logged.set(problem, { at: now(), since: 0 })
    // The one that was logged least recently: the text of a failure may differ each time.
    const [oldest] = logged.keys()
    if (logged.size > mostFailures && oldest !== undefined) logged.delete(oldest)
    log.warn({ problem, ...(before && { times: before.since }) }, 'a request to the API server failed')
  }
}

const logAgainMs = 10 * 60_000
const mostFailures = 100

/** Logs and counts the results of the sweep. The log shows nothing of a Pod's contents. */
export function createSweepTelemetry(
  log: Logger,
  metrics: Metrics,
): Pick<SweepRegularlyOptions, 'swept' | 'evicted' | 'resigned'> {
  return {
    swept({ durationMs, pods, examined, totals, shortfalls, blocked = [] }) {
      metrics.missedPods.reset()
      for (const { namespace, kind, count } of shortfalls) {
        metrics.missedPods.set({ resource_namespace: namespace, kind }, count)
      }
      metrics.blockedWorkloads.reset()
      for (const { namespace, count } of blocked) {
        metrics.blockedWorkloads.set({ resource_namespace: namespace }, count)
      }
      metrics.sweepDuration.set(durationMs / 1_000)
      metrics.sweepTime.set(Date.now() / 1_000)
      const { Missed: missed, Outdated: outdated, Denied: denied } = totals
      const blockedWorkloads = blocked.reduce((sum, { count }) => sum + count, 0)
      const counts = { pods, examined, missed, outdated, denied, blockedWorkloads }
      log.info({ durationMs: Math.round(durationMs), ...counts }, 'swept')
    },
    evicted({ namespace, name }, result) {
      metrics.evictions.inc({ result })
      log.info({ namespace, name, result }, 'missed Pod')
    },
    resigned: metrics.forgetSweep,
  }
}
