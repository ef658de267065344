import { describe, expect, it } from 'vitest'
import { type RolloutOf, stateOf } from './pod-state.ts'
import {
  ago,
  canary,
  container,
  now,
  pod,
  rolloutOf,
  stable,
  text,
  updatedPod,
} from './rollout-pod.fixture.ts'
import type { RolloutContainer, RolloutPod } from './rollout-pod.ts'

const recreating = rolloutOf({ update: 'Recreate' })
const degraded = rolloutOf(undefined, { phase: 'Degraded', since: text(ago(60)) })
const completed = rolloutOf(undefined, { phase: 'Completed', stable: canary, canary: undefined })

/** `ready`, or `failed CrashLoopBackOff`. */
function stateIn(of: RolloutOf, is: RolloutPod): string {
  const found = stateOf(is, of, now)
  return 'reason' in found ? `${found.state} ${found.reason}` : found.state
}

describe('a Pod with another revision', () => {
  it.each<[string, RolloutOf, RolloutPod, string]>([
    ['is outdated', rolloutOf(), pod(), 'outdated'],
    ['is outdated if only labels differ', rolloutOf(), pod({ kind: 'metadata' }), 'outdated'],
    ['is ready if both revisions give it the same', rolloutOf(), pod({ kind: 'none' }), 'ready'],
    [
      'is outdated, although it is not ready',
      rolloutOf(),
      pod({ isReady: false, containers: [container({ isReady: false })] }),
      'outdated',
    ],
    [
      'needs somebody to recreate it if no change in place suffices',
      rolloutOf(),
      pod({ kind: 'recreate' }),
      'needsRecreate NotInPlace',
    ],
    [
      'needs it also if only new Pods get the revision',
      rolloutOf({}),
      pod({ kind: 'recreate' }),
      'needsRecreate NotInPlace',
    ],
    ['is outdated if it can be evicted', recreating, pod({ kind: 'recreate' }), 'outdated'],
    ['is outdated in a DaemonSet', recreating, pod({ controller: 'DaemonSet' }), 'outdated'],
    ['needs it as a bare Pod', recreating, pod({ controller: undefined }), 'needsRecreate NotReplaced'],
    ['needs it as a static Pod', recreating, pod({ controller: 'Node' }), 'needsRecreate NotReplaced'],
    ['needs it as a Pod of a Job', recreating, pod({ controller: 'Job' }), 'needsRecreate NotReplaced'],
    ['needs it if it runs to completion', recreating, pod({ isLasting: false }), 'needsRecreate NotReplaced'],
    [
      'is outdated as a bare Pod if only labels differ',
      recreating,
      pod({ controller: undefined, kind: 'metadata' }),
      'outdated',
    ],
    [
      'needs it if its sidecar never started',
      rolloutOf(),
      pod({ containers: [container({ isStarted: false })] }),
      'needsRecreate NeverStarted',
    ],
    [
      'is outdated if its sidecar crashes: the next attempt has the new image',
      rolloutOf(),
      pod({
        containers: [container({ isStarted: false, runningSince: undefined, waiting: 'CrashLoopBackOff' })],
      }),
      'outdated',
    ],
    [
      'is outdated if its sidecar has ended: the next attempt has the new image',
      rolloutOf(),
      pod({ containers: [container({ isStarted: false, runningSince: undefined })] }),
      'outdated',
    ],
    [
      'is outdated while its sidecar may still start',
      rolloutOf(),
      pod({ startedAt: ago(299), containers: [container({ isStarted: false })] }),
      'outdated',
    ],
    [
      'is outdated if a regular container has not started',
      rolloutOf(),
      pod({ containers: [container({ isSidecar: false, isStarted: false })] }),
      'outdated',
    ],
    [
      'is outdated if its sidecar never started and needs no restart',
      rolloutOf(),
      pod({ kind: 'resources', containers: [container({ isStarted: false })] }),
      'outdated',
    ],
  ])('%s', (_, of, is, expected) => {
    expect(stateIn(of, is)).toBe(expected)
  })
})

describe('a Pod with its due revision', () => {
  const has = (...containers: Partial<RolloutContainer>[]) =>
    pod({ revision: canary, kind: 'none', containers: containers.map(container) })
  const updated = (seconds: number, own: Partial<RolloutContainer>) =>
    updatedPod(seconds, {
      containers: [container({ restarts: true, runningSince: ago(seconds - 1), ...own })],
    })
  const ended = { isStarted: false, isReady: false, runningSince: undefined }
  it.each<[string, RolloutPod, string]>([
    ['is ready', has({}), 'ready'],
    ['is ready without a container of the profile', has(), 'ready'],
    ['is ready after minReadySeconds', has({ runningSince: ago(10) }), 'ready'],
    ['is not ready before', has({ runningSince: ago(9) }), 'updating'],
    [
      'is not ready if its container restarted by a clock that is ahead',
      has({ runningSince: ago(-60) }),
      'updating',
    ],
    [
      'is ready although an init container has ended',
      has({}, { isSidecar: false, isDone: true, isStarted: false, isReady: false }),
      'ready',
    ],
    ['waits for its start', { ...has({ isStarted: false }), startedAt: ago(9) }, 'updating'],
    [
      'waits for its node',
      { ...has({ isStarted: false, runningSince: undefined }), startedAt: undefined },
      'updating',
    ],
    ['fails if it has not started within the deadline', has({ isStarted: false }), 'failed NotStarted'],
    ['fails if it is not ready within the deadline', has({ isReady: false }), 'failed NotReady'],
    [
      'fails if its image cannot be pulled',
      has({ waiting: 'ImagePullBackOff', isStarted: false }),
      'failed ImagePullBackOff',
    ],
    [
      'fails if it crashes',
      { ...has({ waiting: 'CrashLoopBackOff', isStarted: false }), startedAt: ago(5) },
      'failed CrashLoopBackOff',
    ],
    [
      'fails if its container ended again after a restart',
      { ...has({ ...ended, crashingSince: ago(4) }), startedAt: ago(5) },
      'failed CrashLoopBackOff',
    ],
    ['does not fail if its container ended once', { ...has(ended), startedAt: ago(5) }, 'updating'],
    [
      'does not fail while it is created',
      { ...has({ waiting: 'ContainerCreating', isStarted: false }), startedAt: ago(5) },
      'updating',
    ],
    ['is ready after its update', updated(30, {}), 'ready'],
    [
      'is not ready while the old image runs',
      updated(30, { hasImage: false, runningSince: ago(3_600) }),
      'updating',
    ],
    ['is ready if the node names the new image by another tag', updated(30, { hasImage: false }), 'ready'],
    [
      'is ready if no container restarts for the update',
      updated(30, { hasImage: false, restarts: false, runningSince: ago(3_600) }),
      'ready',
    ],
    [
      'does not fail at once by what the old image waited for',
      updated(3, { hasImage: false, waiting: 'CrashLoopBackOff', isStarted: false }),
      'updating',
    ],
    [
      'fails by it when the kubelet had time',
      updated(10, { hasImage: false, waiting: 'CrashLoopBackOff', isStarted: false }),
      'failed CrashLoopBackOff',
    ],
    [
      'fails at once by what the new image waits for',
      updated(1, { waiting: 'ErrImagePull', isStarted: false }),
      'failed ErrImagePull',
    ],
    [
      'fails if its container ended again since the update',
      updated(3, { ...ended, crashingSince: ago(2) }),
      'failed CrashLoopBackOff',
    ],
    [
      'fails if it did by the clock of a node that is behind',
      updated(3, { ...ended, crashingSince: ago(8) }),
      'failed CrashLoopBackOff',
    ],
    [
      'does not fail if the first time was that of the old image',
      updated(3, { ...ended, crashingSince: ago(9) }),
      'updating',
    ],
    [
      'does not fail at once by an end of the old image shortly before the update',
      updated(1, { ...ended, hasImage: false, crashingSince: ago(4) }),
      'updating',
    ],
    [
      'fails by it when the kubelet had time, because the node may name the new image by another tag',
      updated(10, { ...ended, hasImage: false, crashingSince: ago(8) }),
      'failed CrashLoopBackOff',
    ],
    [
      'does not fail by a crash before an update that gives it more memory',
      updated(3, { ...ended, waiting: 'CrashLoopBackOff', restarts: false, endedAt: ago(9) }),
      'updating',
    ],
    [
      'fails by a crash after it, also by the clock of a node that is behind',
      updated(3, { ...ended, waiting: 'CrashLoopBackOff', restarts: false, endedAt: ago(8) }),
      'failed CrashLoopBackOff',
    ],
    ['has until the deadline after its update', updated(299, { isStarted: false }), 'updating'],
    ['fails at the deadline', updated(300, { isStarted: false }), 'failed NotStarted'],
  ])('%s', (_, is, expected) => {
    expect(stateIn(rolloutOf(), is)).toBe(expected)
  })

  it('has the whole deadline again after it was ready', () => {
    const blinking = { ...has({ isReady: false }), isReady: false, notReadySince: ago(299) }
    expect(stateIn(rolloutOf(), blinking)).toBe('updating')
    expect(stateIn(rolloutOf(), { ...blinking, notReadySince: ago(300) })).toBe('failed NotReady')
  })

  it('has the whole deadline again after the rollout was resumed', () => {
    const late = updated(400, { isStarted: false })
    expect(stateIn(rolloutOf(undefined, { since: text(ago(200)) }), late)).toBe('updating')
    expect(stateIn(rolloutOf({ progressDeadlineSeconds: 100 }, { since: text(ago(200)) }), late)).toBe(
      'failed NotStarted',
    )
  })

  const inBackOff = { ...ended, waiting: 'CrashLoopBackOff' }
  it.each<[string, RolloutPod]>([
    ['a crash', has({ ...ended, crashingSince: ago(95), endedAt: ago(90) })],
    ['a crash that an older kubelet shows', has({ ...inBackOff, endedAt: ago(90) })],
    [
      'a crash of an update that could not be put back',
      updated(95, { ...ended, crashingSince: ago(93), endedAt: ago(90) }),
    ],
  ])('is tried again when the rollout is resumed after %s', (_, is) => {
    expect(stateIn(rolloutOf(undefined, { since: text(ago(60)) }), is)).toBe('updating')
  })

  it.each<[string, RolloutPod, 'Progressing' | 'Degraded']>([
    ['if it crashes again', has({ ...ended, crashingSince: ago(95), endedAt: ago(59) }), 'Progressing'],
    ['if an older kubelet shows it', has({ ...inBackOff, endedAt: ago(59) }), 'Progressing'],
    ['if the kubelet does not say when it ended', has({ ...inBackOff }), 'Progressing'],
    ['if it cannot pull its image', has({ ...ended, waiting: 'ErrImagePull' }), 'Progressing'],
    [
      'if the clock of its node is behind',
      updated(58, { ...ended, crashingSince: ago(62), endedAt: ago(61) }),
      'Progressing',
    ],
    // It is put back.
    ['while the rollout stands', has({ ...ended, crashingSince: ago(95), endedAt: ago(90) }), 'Degraded'],
  ])('fails at once %s', (_, is, phase) => {
    expect(stateIn(rolloutOf(undefined, { phase, since: text(ago(60)) }), is)).toMatch(
      /^failed (CrashLoopBackOff|ErrImagePull)$/,
    )
  })

  it('does not fail a rollout that it is no part of', () => {
    const crashing = pod({
      due: stable,
      kind: 'none',
      containers: [container({ waiting: 'CrashLoopBackOff', isStarted: false })],
    })
    expect(stateIn(rolloutOf(), crashing)).toBe('updating')
    expect(stateIn(completed, { ...crashing, revision: canary, due: canary })).toBe('updating')
  })

  it('fails after the rollout, too, if it was updated then', () => {
    expect(stateIn(completed, updated(60, { waiting: 'CrashLoopBackOff', isStarted: false }))).toBe(
      'failed CrashLoopBackOff',
    )
  })
})

describe('a Pod that was put back', () => {
  const back = pod({ updated: { from: canary, at: ago(120) } })
  it.each<[string, RolloutOf, RolloutPod, string]>([
    ['has failed, also when nobody has written that yet', rolloutOf(), back, 'failed PutBack'],
    [
      'has failed as long as the rollout is',
      degraded,
      { ...back, due: stable, kind: 'none' },
      'failed PutBack',
    ],
    [
      'is outdated again when the rollout was resumed',
      rolloutOf(undefined, { since: text(ago(60)) }),
      back,
      'outdated',
    ],
    [
      'is outdated for another revision',
      rolloutOf(undefined, { canary: 'dddddddddd' }),
      { ...back, due: 'dddddddddd' },
      'outdated',
    ],
    ['has failed after a rollout that was complete', completed, back, 'failed PutBack'],
  ])('%s', (_, of, is, expected) => {
    expect(stateIn(of, is)).toBe(expected)
  })
})

it('says why, for people', () => {
  const message = (of: RolloutOf, is: RolloutPod) => {
    const found = stateOf(is, of, now)
    return 'message' in found ? found.message : ''
  }
  expect(message(rolloutOf(), pod({ kind: 'recreate', because: 'its volumes differ' }))).toBe(
    'its volumes differ',
  )
  expect(message(recreating, pod({ controller: undefined }))).toBe(
    'it must be recreated by hand, because it has no controller',
  )
  expect(message(recreating, pod({ controller: 'Job' }))).toBe(
    'it must be recreated by hand, because a Job does not replace it',
  )
  expect(
    message(
      rolloutOf(),
      pod({ revision: canary, kind: 'none', containers: [container({ isReady: false })] }),
    ),
  ).toBe('the container agent was not ready within 300 seconds')
})
