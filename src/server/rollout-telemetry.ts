import type { Logger } from 'pino'
import type { Step } from '../cluster/rollout/flights.ts'
import type { RolloutCounts } from '../cluster/rollout/rollout-counts.ts'
import type { Metrics } from './metrics.ts'

/** Logs and counts the rollouts of the leader. */
export function createRolloutTelemetry(log: Logger, metrics: Metrics) {
  return {
    /** Replaces the counts of all rollouts. */
    counted({ rollouts, pods }: RolloutCounts): void {
      metrics.forgetRollouts()
      for (const { profile, namespace, phase, count } of rollouts)
        metrics.rollouts.set({ profile, resource_namespace: namespace, phase }, count)
      for (const { profile, namespace, state, count } of pods)
        metrics.rolloutPods.set({ profile, resource_namespace: namespace, state }, count)
    },
    /** Counts one step that has ended. */
    stepped({ kind, result, durationMs, ...pod }: Step): void {
      metrics.rolloutSteps.inc({ kind, result })
      metrics.rolloutStepDuration.observe({ kind }, durationMs / 1_000)
      log.info({ ...pod, kind, result, durationMs: Math.round(durationMs) }, 'rollout')
    },
    /** Forgets what only the leader knows. */
    resigned: metrics.forgetRollouts,
  }
}
