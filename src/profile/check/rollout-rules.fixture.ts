import type { JsonObject } from '../../json/json.ts'

/** Values of `spec.rollout` that are not valid: why, what `readProfile` says, and what the API server says by the CRD alone. */
export const badRollouts: readonly (readonly [
  why: string,
  rollout: JsonObject,
  said: string,
  byCrd: string,
])[] = [
  [
    'a canary of two kinds',
    { canary: { percent: 10, podSelector: {} } },
    'spec.rollout.canary: has one of percent, namespaceSelector and podSelector, not percent and podSelector',
    'has one of percent, namespaceSelector and podSelector',
  ],
  [
    'a canary of no kind',
    { canary: {} },
    'spec.rollout.canary: has one of percent, namespaceSelector and podSelector, not none',
    'has one of percent, namespaceSelector and podSelector',
  ],
  [
    'a canary and steps',
    { canary: { percent: 10 }, steps: [{ percent: 10 }] },
    'spec.rollout.steps: replaces canary: remove one of the two',
    'steps replace canary: remove one of the two',
  ],
  [
    'a percentage above 100',
    { canary: { percent: 101 } },
    'spec.rollout.canary.percent: must be an integer from 0 to 100',
    'should be less than or equal to 100',
  ],
  [
    'a percentage below 0',
    { canary: { percent: -1 } },
    'spec.rollout.canary.percent: must be an integer from 0 to 100',
    'should be greater than or equal to 0',
  ],
  [
    'a step for nobody',
    { steps: [{ percent: 0 }] },
    'spec.rollout.steps[0].percent: must be an integer from 1 to 100',
    'should be greater than or equal to 1',
  ],
  [
    'a step without a percentage',
    { steps: [{ hold: '1m' }] },
    'spec.rollout.steps[0].percent: is missing',
    'spec.rollout.steps[0].percent: Required value',
  ],
  [
    'steps that fall',
    { steps: [{ percent: 50 }, { percent: 25 }] },
    'spec.rollout.steps[1].percent: is 25, and must be more than the 50 of the step before it',
    'the percent of each step must be more than that of the step before it',
  ],
  [
    'steps that do not rise',
    { steps: [{ percent: 5 }, { percent: 25 }, { percent: 25 }] },
    'spec.rollout.steps[2].percent: is 25, and must be more than the 25 of the step before it',
    'the percent of each step must be more than that of the step before it',
  ],
  [
    'steps that do not rise, of which one waits longer',
    { steps: [{ percent: 5 }, { percent: 25 }, { percent: 25, hold: '1m' }] },
    'spec.rollout.steps[2].percent: is 25, and must be more than the 25 of the step before it',
    'the percent of each step must be more than that of the step before it',
  ],
  [
    'steps of which one comes too late',
    { steps: [{ percent: 5 }, { percent: 50 }, { percent: 25 }, { percent: 75 }] },
    'spec.rollout.steps[2].percent: is 25, and must be more than the 50 of the step before it',
    'the percent of each step must be more than that of the step before it',
  ],
  ['no steps', { steps: [] }, 'spec.rollout.steps: must be not empty', 'should have at least 1 items'],
  [
    'more steps than a rollout may have',
    { steps: Array.from({ length: 21 }, (_, i) => ({ percent: i + 1 })) },
    'spec.rollout.steps: has 21 items',
    'Too many: 21: must have at most 20 items',
  ],
  [
    'a hold without a unit',
    { steps: [{ percent: 5, hold: '10' }] },
    'spec.rollout.steps[0].hold: must be a duration such as 30s, 10m or 1h30m',
    'spec.rollout.steps[0].hold in body should match',
  ],
  [
    'a maxUnavailable of 0',
    { maxUnavailable: 0 },
    'spec.rollout.maxUnavailable: must be a number of at least 1, or a percentage such as 25%',
    'must be a number of at least 1, or a percentage such as 25%',
  ],
  [
    'a maxUnavailable of 0 %',
    { maxUnavailable: '0%' },
    'spec.rollout.maxUnavailable: must be a number of at least 1, or a percentage such as 25%',
    'must be a number of at least 1, or a percentage such as 25%',
  ],
  [
    'an update of another kind',
    { update: 'Always' },
    'spec.rollout.update: must be one of OnCreate, InPlace, Recreate',
    'Unsupported value: "Always"',
  ],
  [
    'a deadline before the time to be ready',
    { minReadySeconds: 300 },
    'spec.rollout.progressDeadlineSeconds: is 300, and must be more than minReadySeconds, 300',
    'progressDeadlineSeconds (300 by default) must be more than minReadySeconds (10 by default)',
  ],
  [
    'a time beyond a day',
    { progressDeadlineSeconds: 86_401 },
    'spec.rollout.progressDeadlineSeconds: must be an integer from 1 to 86400',
    'should be less than or equal to 86400',
  ],
  [
    'a misspelt field',
    { pause: true },
    'spec.rollout.pause: unknown field; did you mean "paused"?',
    'unknown field "spec.rollout.pause"',
  ],
]

/** Values of `spec.rollout` at the limits of what is valid. */
export const goodRollouts: readonly JsonObject[] = [
  {},
  { canary: { percent: 0 } },
  { canary: { percent: 100 } },
  { canary: { namespaceSelector: { matchLabels: { canary: 'true' } } } },
  { canary: { podSelector: {} } },
  { steps: [{ percent: 1 }, { percent: 2, hold: '1h30m10s' }, { percent: 100, pause: true }] },
  { maxUnavailable: 1 },
  { maxUnavailable: '100%' },
  { minReadySeconds: 0, progressDeadlineSeconds: 1 },
  {
    update: 'Recreate',
    onFailure: 'Pause',
    paused: true,
    maxUnavailable: 1_000,
    progressDeadlineSeconds: 86_400,
  },
]
