import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import type { Phase } from '../../profile/schema/rollout-schema.ts'

export interface RolloutCondition {
  readonly type: 'Progressing' | 'Degraded'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/**
 * The conditions of a rollout, as a Deployment's: `Progressing` is True also when the rollout is complete, Unknown while it is
 * paused, and False when it failed. A profile without a rollout has none.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function rolloutConditions(rollout: RolloutStatus | undefined): readonly RolloutCondition[] {
  if (!rollout) return []
  const { phase, message = '' } = rollout
  const [reason, isProgressing] = ofPhase[phase]
  const isDegraded = phase === 'Degraded' ? 'True' : 'False'
  return [
    { type: 'Progressing', status: isProgressing, reason, message },
    { type: 'Degraded', status: isDegraded, reason, message: phase === 'Degraded' ? message : notFailed },
  ]
}

const notFailed = 'the update of no Pod failed'

const ofPhase: Readonly<Record<Phase, readonly [reason: string, status: RolloutCondition['status']]>> = {
  Progressing: ['RolloutProgressing', 'True'],
  Paused: ['RolloutPaused', 'Unknown'],
  Degraded: ['RolloutFailed', 'False'],
  Completed: ['RolloutCompleted', 'True'],
}
