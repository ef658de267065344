import { type Static, Type } from 'typebox'
import { limits } from '../../limits/limits.ts'
import { Selector } from './core-schema.ts'

const closed = { additionalProperties: false }

const Percent = Type.Integer({ minimum: 0, maximum: 100 })
const Seconds = (minimum: number) => Type.Integer({ minimum, maximum: limits.rolloutSeconds })
const duration = '^([0-9]{1,6}(s|m|h)){1,3}$'

const Canary = Type.Object(
  {
    percent: Type.Optional(Percent),
    namespaceSelector: Type.Optional(Selector),
    podSelector: Type.Optional(Selector),
  },
  closed,
)

const Step = Type.Object(
  {
    percent: Type.Integer({ minimum: 1, maximum: 100 }),
    hold: Type.Optional(
      Type.String({ pattern: duration, maxLength: 24, title: 'a duration such as 30s, 10m or 1h30m' }),
    ),
    pause: Type.Optional(Type.Boolean()),
  },
  closed,
)

/** The milliseconds of a duration such as `1h30m`, which matched the schema. */
export function durationMs(text: string): number {
  const parts = text.matchAll(/([0-9]{1,6})([smh])/g)
  return Array.from(parts, ([, digits, unit]) => Number(digits) * unitMs[unit as keyof typeof unitMs]).reduce(
    (sum, ms) => sum + ms,
    0,
  )
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/** How a new revision reaches Pods. It is not part of the revision. */
export const Rollout = Type.Object(
  {
    canary: Type.Optional(Canary),
    steps: Type.Optional(Type.Array(Step, { minItems: 1, maxItems: limits.rolloutSteps })),
    paused: Type.Optional(Type.Boolean()),
    update: Type.Optional(Type.Enum(['OnCreate', 'InPlace', 'Recreate'])),
    maxUnavailable: Type.Optional(
      Type.Unsafe<number | string>({
        type: ['integer', 'string'],
        minimum: 1,
        maximum: limits.rolloutUnavailable,
        pattern: '^([1-9][0-9]?|100)%$',
        maxLength: 4,
        'x-kubernetes-int-or-string': true,
        title: 'a number of at least 1, or a percentage such as 25%',
      }),
    ),
    minReadySeconds: Type.Optional(Seconds(0)),
    progressDeadlineSeconds: Type.Optional(Seconds(1)),
    onFailure: Type.Optional(Type.Enum(['Revert', 'Pause'])),
  },
  closed,
)
export type Rollout = Static<typeof Rollout>

export const RevisionHistoryLimit = Type.Integer({ minimum: 0, maximum: limits.revisionHistory })

/** The fields of a spec that say how revisions are handled: a change of them makes no new revision. */
export const outsideRevision = ['rollout', 'revisionHistoryLimit'] as const

/** The phases of a rollout: `Degraded` is a failed one, `Completed` one whose revision is stable. */
export const phases = ['Progressing', 'Paused', 'Degraded', 'Completed'] as const
export type Phase = (typeof phases)[number]

const count = (description: string) => ({ type: 'integer', minimum: 0, description })

/** `status.rollout` in the CRDs: only the leader writes it, and every replica decides by it. */
export const rolloutStatus = {
  description: 'How far the rollout of the last accepted revision is.',
  type: 'object',
  required: ['phase', 'stable'],
  properties: {
    phase: { type: 'string', enum: [...phases] },
    stable: { type: 'string', description: 'Revision that Pods get unless they are in the canary.' },
    canary: { type: 'string', description: 'Revision that is being rolled out, or that failed.' },
    percent: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      description: 'Share of the workloads that get the canary; absent if a selector of the spec decides.',
    },
    step: { type: 'integer', minimum: 0, description: 'Index of the step under spec.rollout.steps.' },
    since: { type: 'string', format: 'date-time', description: 'When this step or phase began.' },
    matched: count('Number of running Pods with the profile.'),
    updated: count('Number of those with the revision that they would get now.'),
    ready: count('Number of updated Pods whose containers of the profile are ready.'),
    outdated: count('Number of Pods with another revision, which can be updated.'),
    needsRecreate: count('Number of Pods that somebody must recreate.'),
    failed: count('Number of Pods whose update failed.'),
    progress: { type: 'string', description: 'Updated Pods of all, for kubectl get.' },
    message: { type: 'string', maxLength: limits.messageLength },
  },
}

/** Rules that a schema cannot express, by their place in the spec: CEL, and the message if it is false. */
export const rolloutRules = {
  'spec.rollout': [
    ['!has(self.canary) || !has(self.steps)', 'steps replace canary: remove one of the two'],
    [
      // A step comes after those with less, and no two have the same. An API server of 1.29 refuses isSorted of a map: it
      // estimates that such a list is endless.
      '!has(self.steps) || self.steps.all(s, self.steps.exists_one(o, o.percent == s.percent) && self.steps.indexOf(s) == self.steps.filter(o, o.percent < s.percent).size())',
      'the percent of each step must be more than that of the step before it',
    ],
    [
      '(has(self.progressDeadlineSeconds) ? self.progressDeadlineSeconds : 300) > (has(self.minReadySeconds) ? self.minReadySeconds : 10)',
      'progressDeadlineSeconds (300 by default) must be more than minReadySeconds (10 by default)',
    ],
  ],
  'spec.rollout.canary': [
    [
      '[has(self.percent), has(self.namespaceSelector), has(self.podSelector)].exists_one(is, is)',
      'has one of percent, namespaceSelector and podSelector',
    ],
  ],
  'spec.rollout.maxUnavailable': [
    [
      `type(self) == string ? self.matches('^([1-9][0-9]?|100)%$') : self >= 1 && self <= ${limits.rolloutUnavailable}`,
      'must be a number of at least 1, or a percentage such as 25%',
    ],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [rule: string, message: string])[]>>
