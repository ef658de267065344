import { describe, expect, it } from 'vitest'
import type { Rollout } from '../schema/rollout-schema.ts'
import { describePhase, describeUpdatesOff } from './describe-rollout.ts'
import { canary, stable, stored } from './rollout.fixture.ts'
import type { RolloutStatus } from './rollout-status.ts'

const steps: Rollout = { steps: [{ percent: 5 }, { percent: 25, pause: true }] }
const selector: Rollout = { canary: { podSelector: { matchLabels: { a: 'b' } } } }
const { percent: _, ...bySelector } = stored()
const promote = 'until it is promoted: pillion rollout promote'
const goOn = 'To go on, change the spec, or run pillion rollout resume'

describe('the sentence about a phase', () => {
  it.each<{ what: string; status: RolloutStatus; rollout: Rollout; says: string }>([
    {
      what: 'a rollout that has ended',
      status: { phase: 'Completed', stable },
      rollout: {},
      says: `Pods get revision ${stable}`,
    },
    {
      what: 'a failed one',
      status: stored({ phase: 'Degraded' }),
      rollout: {},
      says: `the rollout failed; new Pods get revision ${stable}. ${goOn}`,
    },
    {
      what: 'a failed one that is not reverted',
      status: stored({ phase: 'Degraded' }),
      rollout: { onFailure: 'Pause' },
      says: `the rollout failed; new Pods of the canary still get revision ${canary}, because onFailure is Pause. ${goOn}`,
    },
    {
      what: 'a failed one without a canary that is not reverted',
      status: { phase: 'Degraded', stable },
      rollout: { onFailure: 'Pause' },
      says: `the rollout failed; new Pods of the canary still get revision ${stable}, because onFailure is Pause. ${goOn}`,
    },
    {
      what: 'a rollout to all',
      status: stored(),
      rollout: {},
      says: `all workloads get revision ${canary}`,
    },
    {
      what: 'its first step',
      status: stored({ percent: 5 }),
      rollout: steps,
      says: `step 1 of 2: 5 % of the workloads get revision ${canary}, the others ${stable}`,
    },
    {
      what: 'a step that waits',
      status: stored({ phase: 'Paused', percent: 25, step: 1 }),
      rollout: steps,
      says: `step 2 of 2: 25 % of the workloads get revision ${canary}, the others ${stable}, ${promote}`,
    },
    {
      what: 'the end of its steps',
      status: stored({ step: 2 }),
      rollout: steps,
      says: `after the last step: all workloads get revision ${canary}`,
    },
    {
      what: 'a pause before the first step',
      status: stored({ phase: 'Paused', percent: 0 }),
      rollout: { ...steps, paused: true },
      says: `step 1 of 2: Pods get revision ${stable}, and none gets ${canary} yet, until spec.rollout.paused is no longer true`,
    },
    {
      what: 'a canary',
      status: stored({ percent: 30 }),
      rollout: { canary: { percent: 30 } },
      says: `30 % of the workloads get revision ${canary}, the others ${stable}, ${promote}`,
    },
    {
      what: 'a canary of a selector',
      status: bySelector,
      rollout: selector,
      says: `the workloads that match spec.rollout.canary get revision ${canary}, the others ${stable}, ${promote}`,
    },
    {
      what: 'a canary that is promoted',
      status: stored({ step: 1 }),
      rollout: { canary: { percent: 30 } },
      says: `all workloads get revision ${canary}`,
    },
  ])('says what Pods get in $what', ({ status, rollout, says }) => {
    expect(describePhase(status, rollout)).toBe(says)
  })
})

it('says why Pods that run are not updated', () => {
  expect(describeUpdatesOff('InPlace')).toBe(
    'spec.rollout.update: InPlace does nothing, because Pillion runs without --rollout (in the chart: rollout.enabled)',
  )
})
