import { expect, it } from 'vitest'
import { ago, canary, later, stable, stored } from './rollout.fixture.ts'
import { rolloutEvent } from './rollout-event.ts'
import type { RolloutStatus } from './rollout-status.ts'

const completed: RolloutStatus = { phase: 'Completed', stable, since: ago(9) }
const step = stored({ percent: 5 })
const failed = { ...step, phase: 'Degraded' } as const

it.each<[string, RolloutStatus | undefined, RolloutStatus | undefined, string | undefined]>([
  ['the first revision', undefined, completed, undefined],
  ['a rollout that is removed', step, undefined, undefined],
  ['numbers and times', step, { ...step, since: ago(1), matched: 7, message: 'x' }, undefined],
  ['a new revision', completed, step, 'Normal RolloutStarted'],
  ['another revision', step, { ...step, canary: later }, 'Normal RolloutStarted'],
  ['a first rollout', undefined, step, 'Normal RolloutStarted'],
  ['the next step', step, { ...step, step: 1, percent: 25 }, 'Normal RolloutStep'],
  ['a pause', step, { ...step, phase: 'Paused' }, 'Normal RolloutPaused'],
  ['the end of a pause', { ...step, phase: 'Paused' }, step, 'Normal RolloutStep'],
  ['the end', step, { phase: 'Completed', stable: canary }, 'Normal RolloutCompleted'],
  ['a failure', step, { ...step, phase: 'Degraded', message: 'why' }, 'Warning RolloutFailed'],
  ['a resumption', { ...step, phase: 'Degraded' }, step, 'Normal RolloutStep'],
])('the Event about %s', (_, before, after, expected) => {
  const said = rolloutEvent(before, after, {})
  expect(said && `${said.type} ${said.reason}`).toBe(expected)
})

it('the Event about a failure says why, if that is known', () => {
  expect(rolloutEvent(step, { ...failed, message: 'why' }, {})?.message).toBe('why')
  expect(rolloutEvent(step, failed, {})?.message).toMatch(/^the rollout failed; new Pods get revision/)
  expect(rolloutEvent(step, { ...step, percent: 25 }, {})?.message).toMatch(/^25 % of the workloads get/)
})
