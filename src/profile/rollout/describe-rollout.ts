import type { Rollout } from '../schema/rollout-schema.ts'
import { rolloutAnnotation } from './marks.ts'
import type { RolloutStatus } from './rollout-status.ts'
import { stagesOf } from './stages.ts'

/** `step 2 of 3`; undefined for a rollout without steps. */
export function describeStep({ step = 0 }: RolloutStatus, { steps }: Rollout): string | undefined {
  if (!steps) return undefined
  return step < steps.length ? `step ${step + 1} of ${steps.length}` : 'after the last step'
}

/** `25 % of the workloads`: who gets the canary. */
export function describeShare({ percent }: RolloutStatus): string {
  if (percent === undefined) return 'the workloads that match spec.rollout.canary'
  if (percent === 0) return 'no workload'
  return percent === 100 ? 'all workloads' : `${percent} % of the workloads`
}

/**
 * What happens in this phase of a rollout, in one sentence without a final dot. The sentence about a failure says also why;
 * it is in the message of the status.
 */
export function describePhase(status: RolloutStatus, rollout: Rollout): string {
  const { phase, stable, canary, step = 0 } = status
  if (phase === 'Completed' || canary === undefined) return `Pods get revision ${stable}`
  const where = describeStep(status, rollout)
  const share = `${where === undefined ? '' : `${where}: `}${describeShare(status)}`
  const rest = status.percent === 100 ? '' : `, the others ${stable}`
  const gets = `${share} ${verb(status)} revision ${canary}${rest}`
  if (phase === 'Progressing') {
    const isOpen = stagesOf(rollout)[step]?.endsBy === 'promotion'
    return isOpen ? `${gets}, until it is promoted: ${promoting(canary)}` : gets
  }
  if (phase === 'Paused') {
    const why = rollout.paused ? 'spec.rollout.paused is true' : `the step waits: ${promoting(canary, step)}`
    return `${gets}. ${sentence(why)}`
  }
  return `the rollout of revision ${canary} failed. ${sentence(describeRevert(status, rollout))}`
}

/** What new Pods get after a failure. */
export function describeRevert({ stable }: RolloutStatus, { onFailure = 'Revert' }: Rollout): string {
  return onFailure === 'Revert'
    ? `new Pods get revision ${stable} again`
    : 'nothing goes on, and the share stays, because onFailure is Pause'
}

/** What to do after a failure. */
export const describeResume = `change the spec, or set the annotation ${rolloutAnnotation.resumedAt} to the time now`

function promoting(canary: string, step?: number): string {
  const value = step === undefined ? canary : `${canary}/${step}`
  return `set the annotation ${rolloutAnnotation.promote} to ${value}`
}

function verb({ percent }: RolloutStatus): string {
  return percent === 0 ? 'gets' : 'get'
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
