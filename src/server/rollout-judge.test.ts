import { expect, it } from 'vitest'
import { cluster, namespace, podOf, withStatus } from '../engine/decide.fixture.ts'
import type { JsonObject } from '../json/json.ts'
import { accept } from '../profile/accept/acceptance.ts'
import { candidate } from '../profile/accept/candidate.ts'
import { keeping, referenceTo } from '../profile/accept/kept.fixture.ts'
import { revision } from '../profile/revision.ts'
import { rolloutJudge } from './rollout-judge.ts'

const [stable, canary] = ['a:1', 'a:2'].map(image => ({ containers: [{ name: 'agent', image }] })) as [
  { containers: { name: string; image: string }[] },
  { containers: { name: string; image: string }[] },
]

function judgeWith(...kept: readonly (typeof stable)[]) {
  return judgeOf({ ...canary, rollout: { update: 'InPlace' } }, ...kept)
}

function judgeOf(spec: JsonObject, ...kept: readonly (typeof stable)[]) {
  const object = {
    metadata: { name: 'logging', uid: 'u', generation: 2 },
    spec,
    status: {
      lastAccepted: referenceTo('logging', canary),
      rollout: { phase: 'Progressing', stable: revision(stable), canary: revision(canary), percent: 10 },
      conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 2, reason: 'Accepted' }],
    },
  }
  const one = candidate('ClusterSidecarProfile', object, undefined, keeping('logging', ...kept))
  const acceptance = accept(new Map([['ClusterSidecarProfile/logging', one]]))
  return rolloutJudge({ current: () => acceptance }, cluster)
}

const rolloutWith = (...kept: readonly (typeof stable)[]) => judgeWith(...kept).rollouts()[0]?.rollout

it('updates no Pod that runs while the stable revision is gone, which would give the canary to all', () => {
  expect(rolloutWith(stable, canary)?.paused).toBeUndefined()
  expect(rolloutWith(canary)?.paused).toBe(true)
})

it('looks after the Pods of a rollout while a later spec is not valid', () => {
  const invalid = {
    containers: [{ name: 'agent', image: '$(params.nothing)' }],
    rollout: { update: 'InPlace' },
  }
  expect(judgeOf(invalid, stable, canary).rollouts()[0]).toMatchObject({
    rollout: { update: 'InPlace' },
    status: { canary: revision(canary) },
  })
})

it('keeps nothing of a revision that a user made up', () => {
  const claimed = (revision: string) =>
    withStatus(podOf(), { profiles: { logging: { revision, containers: ['app'] } } })
  const revisionOf = (revision: string) =>
    judgeWith(stable, canary).examine(claimed(revision), namespace, '/logging', '2026-01-01T00:00:00Z')?.pod
      .revision
  expect(revisionOf('0123456789')).toBe('0123456789')
  expect(revisionOf('x'.repeat(100_000))).toBe('')
})
