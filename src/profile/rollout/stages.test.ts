import { describe, expect, it } from 'vitest'
import type { Rollout } from '../schema/rollout-schema.ts'
import { type Stage, stagesOf } from './stages.ts'

const all: Stage = { percent: 100, holdMs: 0, endsBy: 'itself' }
const namespaceSelector = { matchLabels: { a: 'b' } }

describe('the stages of a rollout', () => {
  it.each<{ what: string; rollout: Rollout; stages: readonly Stage[] }>([
    { what: 'all workloads at once', rollout: {}, stages: [all] },
    { what: 'all workloads, without a step', rollout: { steps: [] }, stages: [all] },
    { what: 'all workloads, for a canary of all', rollout: { canary: { percent: 100 } }, stages: [all] },
    {
      what: 'a canary until it is promoted, then all',
      rollout: { canary: { percent: 30 } },
      stages: [{ percent: 30, holdMs: 0, endsBy: 'promotion' }, all],
    },
    {
      what: 'a canary of nobody',
      rollout: { canary: { percent: 0 } },
      stages: [{ percent: 0, holdMs: 0, endsBy: 'promotion' }, all],
    },
    {
      what: 'a canary without a share, if a selector decides',
      rollout: { canary: { namespaceSelector } },
      stages: [{ holdMs: 0, endsBy: 'promotion' }, all],
    },
    {
      what: 'the steps, then all',
      rollout: {
        steps: [
          { percent: 5, hold: '1h30m' },
          { percent: 25, pause: true },
        ],
      },
      stages: [
        { percent: 5, holdMs: 5_400_000, endsBy: 'itself' },
        { percent: 25, holdMs: 0, endsBy: 'pause' },
        all,
      ],
    },
    {
      what: 'the steps alone, if the last one is for all',
      rollout: { steps: [{ percent: 5 }, { percent: 100, hold: '10s', pause: false }] },
      stages: [
        { percent: 5, holdMs: 0, endsBy: 'itself' },
        { percent: 100, holdMs: 10_000, endsBy: 'itself' },
      ],
    },
  ])('are $what', ({ rollout, stages }) => {
    expect(stagesOf(rollout)).toEqual(stages)
  })
})
