import type { Problem } from '../../problems/problem.ts'
import type { Rollout } from '../schema/rollout-schema.ts'

/** What is wrong with a rollout, apart from its schema. */
export function rolloutProblems(rollout: Rollout | undefined): Problem[] {
  if (!rollout) return []
  const { canary, steps = [], minReadySeconds = 10, progressDeadlineSeconds = 300 } = rollout
  const problems: Problem[] = []
  const add = (message: string, ...path: (string | number)[]) =>
    problems.push({ path: ['spec', 'rollout', ...path], message })
  const ways = Object.keys(canary ?? {})
  if (canary && ways.length !== 1)
    add(
      `has one of percent, namespaceSelector and podSelector, not ${ways.join(' and ') || 'none'}`,
      'canary',
    )
  if (canary && steps.length > 0) add('replaces canary: remove one of the two', 'steps')
  for (const [i, { percent }] of steps.entries()) {
    const before = steps[i - 1]?.percent
    if (before !== undefined && percent <= before)
      add(`is ${percent}, and must be more than the ${before} of the step before it`, 'steps', i, 'percent')
  }
  if (progressDeadlineSeconds <= minReadySeconds)
    add(
      `is ${progressDeadlineSeconds}, and must be more than minReadySeconds, ${minReadySeconds}`,
      'progressDeadlineSeconds',
    )
  return problems
}
