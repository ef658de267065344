import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { revision } from '../../profile/revision.ts'
import { readingOf } from './reading.ts'

const containers = [{ name: 'logging', image: 'a:2' }]
const now = revision({ containers })
const counts = { matched: 37, updated: 12, ready: 11 }
const steps = [{ percent: 5 }, { percent: 25, pause: true }, { percent: 100 }]

/** A stored profile, whose present spec is accepted. */
function stored(rollout: JsonObject | undefined, state?: JsonObject, accepted: JsonObject = {}): JsonObject {
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: '',
    observedGeneration: 5,
    ...accepted,
  }
  return {
    metadata: { name: 'logging', generation: 5 },
    spec: { containers, ...(rollout && { rollout }) },
    status: { conditions: [condition], ...(state && { rollout: state }) },
  }
}

const read = (object: JsonObject) => readingOf({ kind: 'ClusterSidecarProfile', name: 'logging', object })

describe('readingOf', () => {
  it.each([
    {
      object: stored({}, undefined, { observedGeneration: 4 }),
      text: 'Waiting for clustersidecarprofile/logging to be rolled out: the leader has not looked at generation 5 yet',
    },
    {
      object: stored({}, undefined, { status: 'False', reason: 'Invalid', message: 'spec.x: bad' }),
      text: 'clustersidecarprofile/logging is not accepted (Invalid): spec.x: bad',
      end: 1,
    },
    {
      object: stored(undefined),
      text: `clustersidecarprofile/logging has no spec.rollout: new Pods get revision ${now}, and Pods that run keep what they have`,
      end: 0,
    },
    {
      object: stored({}),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: the leader has not begun with revision ${now} yet`,
    },
    {
      object: stored({}, { phase: 'Completed', stable: '0000000000' }),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: the leader has not begun with revision ${now} yet`,
    },
    {
      object: stored({}, { phase: 'Completed', stable: now, ...counts, updated: 37, ready: 37 }),
      text: `clustersidecarprofile/logging successfully rolled out: 37 of 37 Pods updated, 37 ready; Pods get revision ${now}`,
      end: 0,
    },
    {
      object: stored({}, { phase: 'Completed', stable: now, ...counts, needsRecreate: 25 }),
      text: `clustersidecarprofile/logging successfully rolled out: 12 of 37 Pods updated, 11 ready, 25 must be recreated; Pods get revision ${now}`,
      end: 0,
      hint: 'pillion rollout plan logging says which Pods somebody must recreate',
    },
    {
      object: stored(
        { steps },
        { phase: 'Progressing', stable: 's', canary: now, step: 0, percent: 5, ...counts },
      ),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: 12 of 37 Pods updated, 11 ready; step 1 of 3: 5 % of the workloads get revision ${now}, the others s`,
    },
    {
      object: stored(
        { steps },
        { phase: 'Paused', stable: 's', canary: now, step: 1, percent: 25, ...counts },
      ),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: 12 of 37 Pods updated, 11 ready; step 2 of 3: 25 % of the workloads get revision ${now}, the others s, until it is promoted: pillion rollout promote`,
      hint: 'pillion rollout promote logging --to-step 3 goes on',
    },
    {
      object: stored(
        { paused: true },
        { phase: 'Paused', stable: 's', canary: now, percent: 100, ...counts },
      ),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: 12 of 37 Pods updated, 11 ready; all workloads get revision ${now}, until spec.rollout.paused is no longer true`,
      hint: 'pillion rollout resume logging goes on',
    },
    {
      object: stored(
        { canary: { podSelector: {} } },
        { phase: 'Progressing', stable: 's', canary: now, ...counts },
      ),
      text: `Waiting for clustersidecarprofile/logging to be rolled out: 12 of 37 Pods updated, 11 ready; the workloads that match spec.rollout.canary get revision ${now}, the others s, until it is promoted: pillion rollout promote`,
      hint: 'pillion rollout promote logging goes on',
    },
    {
      object: stored(
        {},
        {
          phase: 'Degraded',
          stable: 's',
          canary: now,
          percent: 100,
          ...counts,
          failed: 1,
          message: 'shop/web-1: ImagePullBackOff',
        },
      ),
      text: 'the rollout of clustersidecarprofile/logging failed: 12 of 37 Pods updated, 11 ready, 1 failed; shop/web-1: ImagePullBackOff',
      end: 1,
      hint: 'pillion rollout undo logging goes back to revision s; pillion rollout resume logging tries again',
    },
  ])('says $text', ({ object, ...reading }) => {
    expect(read(object)).toEqual(reading)
  })

  it('names the namespace in what to do', () => {
    const object = stored({ canary: { percent: 5 } }, { phase: 'Progressing', stable: 's', canary: now })
    expect(readingOf({ kind: 'SidecarProfile', name: 'logging', namespace: 'shop', object }).hint).toContain(
      'pillion rollout promote logging -n shop',
    )
  })
})
