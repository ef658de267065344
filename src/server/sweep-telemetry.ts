import type { Logger } from 'pino'
import type { SweepRegularlyOptions } from '../cluster/sweep/sweep-loop.ts'
import type { Metrics } from './metrics.ts'

/** Logs and counts the results of the sweep. The log shows nothing of a Pod's contents. */
export type SweepTelemetry = Pick<SweepRegularlyOptions, 'swept' | 'evicted' | 'resigned'>

export function createSweepTelemetry(log: Logger, metrics: Metrics): SweepTelemetry {
  return {
    swept({ durationMs, pods, examined, missed, shortfalls }) {
      metrics.missedPods.reset()
      for (const { namespace, kind, count } of shortfalls) metrics.missedPods.set({ namespace, kind }, count)
      metrics.sweepDuration.set(durationMs / 1_000)
      metrics.sweepTime.set(Date.now() / 1_000)
      log.info({ durationMs: Math.round(durationMs), pods, examined, missed }, 'swept')
    },
    evicted({ namespace, name }, result) {
      metrics.evictions.inc({ result })
      log.info({ namespace, name, result }, 'missed Pod')
    },
    resigned() {
      metrics.missedPods.reset()
    },
  }
}
