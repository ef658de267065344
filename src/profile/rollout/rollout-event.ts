import type { Rollout } from '../schema/rollout-schema.ts'
import { describePhase } from './describe-rollout.ts'
import { isSamePlace } from './finding.ts'
import type { RolloutStatus } from './rollout-status.ts'

/** The reasons of the Events about a rollout on a profile. */
export type RolloutReason =
  | 'RolloutStarted'
  | 'RolloutStep'
  | 'RolloutPaused'
  | 'RolloutFailed'
  | 'RolloutCompleted'

/** What an Event says about a transition. */
export interface RolloutEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: RolloutReason
  readonly message: string
}

/** The Event about the transition from one stored status to the next; undefined if only numbers or the message changed. */
export function rolloutEvent(
  before: RolloutStatus | undefined,
  after: RolloutStatus | undefined,
  rollout: Rollout,
): RolloutEvent | undefined {
  if (!after) return undefined
  const isSame = before && isSamePlace(before, after)
  // The first revision of all is no rollout.
  if (isSame || (!before && after.phase === 'Completed')) return undefined
  if (after.phase === 'Degraded')
    return {
      type: 'Warning',
      reason: 'RolloutFailed',
      message: after.message ?? describePhase(after, rollout),
    }
  return { type: 'Normal', reason: reasonOf(before, after), message: describePhase(after, rollout) }
}

function reasonOf(before: RolloutStatus | undefined, after: RolloutStatus): RolloutReason {
  if (after.phase === 'Completed') return 'RolloutCompleted'
  if (after.phase === 'Paused') return 'RolloutPaused'
  return before?.canary === after.canary ? 'RolloutStep' : 'RolloutStarted'
}
