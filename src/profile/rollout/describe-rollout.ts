import type { Phase, Rollout } from '../schema/rollout-schema.ts'
import type { RolloutStatus } from './rollout-status.ts'
import { stagesOf } from './stages.ts'

/** `step 2 of 3`; undefined for a rollout without steps. */
function describeStep({ step = 0 }: RolloutStatus, { steps }: Rollout): string | undefined {
  if (!steps) return undefined
  return step < steps.length ? `step ${step + 1} of ${steps.length}` : 'after the last step'
}

/** `25 % of the workloads`: who gets the canary. */
function describeShare({ percent }: RolloutStatus): string {
  if (percent === undefined) return 'the workloads that match spec.rollout.canary'
  return percent === 100 ? 'all workloads' : `${percent} % of the workloads`
}

/** What happens in this phase of a rollout, in one sentence without a final dot. Why a rollout failed is in the message of its status. */
export function describePhase(status: RolloutStatus, rollout: Rollout): string {
  const { phase, stable, canary, percent, step = 0 } = status
  if (phase === 'Completed') return `Pods get revision ${stable}`
  if (phase === 'Degraded') return `the rollout failed; ${describeRevert(status, rollout)}. ${describeResume}`
  const gets =
    percent === 0
      ? `Pods get revision ${stable}, and none gets ${canary} yet`
      : `${describeShare(status)} get revision ${canary}${percent === 100 ? '' : `, the others ${stable}`}`
  const where = describeStep(status, rollout)
  const waits = waitsFor(phase, rollout, step)
  return `${where === undefined ? '' : `${where}: `}${gets}${waits === undefined ? '' : `, ${waits}`}`
}

function waitsFor(phase: Phase, rollout: Rollout, step: number): string | undefined {
  if (rollout.paused) return 'until spec.rollout.paused is no longer true'
  const isWaiting = phase === 'Paused' || stagesOf(rollout)[step]?.endsBy === 'promotion'
  return isWaiting ? 'until it is promoted: pillion rollout promote' : undefined
}

/** What new Pods get after a failure. */
export function describeRevert(
  { stable, canary = stable }: RolloutStatus,
  { onFailure = 'Revert' }: Rollout,
): string {
  return onFailure === 'Revert'
    ? `new Pods get revision ${stable}`
    : `new Pods of the canary still get revision ${canary}, because onFailure is Pause`
}

/** What to do after a failure. */
export const describeResume = 'To go on, change the spec, or run pillion rollout resume'

/** Why Pods that run are not updated, although `spec.rollout.update` of the profile says so. */
export function describeUpdatesOff(update: NonNullable<Rollout['update']>): string {
  return `spec.rollout.update: ${update} does nothing, because Pillion runs without --rollout (in the chart: rollout.enabled)`
}
