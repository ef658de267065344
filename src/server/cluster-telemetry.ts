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
