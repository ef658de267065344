import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import { type BudgetOptions, mostUnavailable, nextPods } from './budget.ts'
import { findingOf } from './findings.ts'
import type { RolloutOf } from './pod-state.ts'
import {
  ago,
  canary,
  container,
  judge,
  now,
  pod,
  rolloutOf,
  stable,
  text,
  updatedPod,
} from './rollout-pod.fixture.ts'
import type { RolloutPod } from './rollout-pod.ts'
import { inFlightOf, rolloutViews } from './rollout-view.ts'

/** The names of the Pods whose turn it is. */
function next(
  pods: readonly RolloutPod[],
  of: RolloutOf = rolloutOf(),
  own: Partial<BudgetOptions> = {},
): readonly string[] {
  const chosen = nextPods(judge(pods, of), { ...of, free: 10, isProtected: () => false, ...own })
  return chosen.map(({ pod: { name }, by }) => (by === 'patch' ? name : `${name} by eviction`))
}

const named = (...names: string[]) => names.map(name => pod({ name }))
const first = updatedPod(30, { name: 'first', workload: 'shop/Deployment/other' })
const three = named('a', 'b', 'c')

describe('the Pods whose turn it is', () => {
  it.each<[string, readonly RolloutPod[], RolloutOf, readonly string[]]>([
    ['are none if only new Pods get the revision', [first, ...three], rolloutOf({}), []],
    [
      'are none while the rollout is paused',
      [first, ...three],
      rolloutOf({ update: 'InPlace', paused: true }),
      [],
    ],
    ['are none after a failure', [first, ...three], rolloutOf(undefined, { phase: 'Degraded' }), []],
    [
      'are none while a failure is not written yet',
      [first, ...three, updatedPod(400, { name: 'd', containers: [container({ isReady: false })] })],
      rolloutOf(),
      [],
    ],
    ['go on at a step that waits', [first, ...three], rolloutOf(undefined, { phase: 'Paused' }), ['a']],
    [
      'go on after the rollout',
      [first, ...three],
      rolloutOf(undefined, { phase: 'Completed', stable: canary, canary: undefined }),
      ['a'],
    ],
    ['are one at the beginning of a step', [...three, pod({ name: 'x', workload: 'w' })], rolloutOf(), ['a']],
    [
      'are none until the first one is ready',
      [...three, updatedPod(3, { name: 'x', workload: 'w' })],
      rolloutOf(),
      [],
    ],
    [
      'are one in each workload then',
      [first, ...three, pod({ name: 'x', workload: 'w' })],
      rolloutOf(),
      ['a', 'x'],
    ],
    [
      'are one again in the next step',
      [first, ...three, pod({ name: 'x', workload: 'w' })],
      rolloutOf(undefined, { since: text(ago(20)) }),
      ['a'],
    ],
    [
      'begin with a Pod that is ready, because only that shows something',
      [pod({ name: 'a', isReady: false }), pod({ name: 'b' })],
      rolloutOf({ update: 'InPlace', maxUnavailable: 2 }),
      ['b'],
    ],
    [
      'are not proven by a Pod of the stable revision',
      [
        pod({ name: 'new', revision: stable, due: stable, kind: 'none', startedAt: ago(60) }),
        pod({ name: 'a' }),
        pod({ name: 'x', workload: 'w' }),
      ],
      rolloutOf(),
      ['a'],
    ],
    [
      'are proven by a new Pod of the canary',
      [
        pod({ name: 'new', revision: canary, kind: 'none', startedAt: ago(60), workload: 'v' }),
        pod({ name: 'a' }),
        pod({ name: 'x', workload: 'w' }),
      ],
      rolloutOf(),
      ['a', 'x'],
    ],
    [
      'are two if two may be unavailable',
      [first, ...three],
      rolloutOf({ update: 'InPlace', maxUnavailable: 2 }),
      ['a', 'b'],
    ],
    [
      'are fewer if a Pod is not ready',
      [first, ...three, pod({ name: 'd', due: stable, kind: 'none', isReady: false })],
      rolloutOf(),
      [],
    ],
    ['are fewer while a Pod is updated', [first, ...three, updatedPod(3, { name: 'd' })], rolloutOf(), []],
    [
      'are those that are unavailable already, too',
      [first, pod({ name: 'a', isReady: false }), pod({ name: 'b', isReady: false }), pod({ name: 'c' })],
      rolloutOf(),
      ['a', 'b'],
    ],
    [
      'are not those that need somebody',
      [first, pod({ name: 'a', kind: 'recreate' }), pod({ name: 'b' })],
      rolloutOf(),
      ['b'],
    ],
    [
      'are not those that end',
      [first, pod({ name: 'a', isOver: true }), pod({ name: 'b' })],
      rolloutOf(),
      ['b'],
    ],
    [
      'are not those whose sidecar may still start',
      [
        first,
        pod({ name: 'a', startedAt: ago(5), containers: [container({ isStarted: false })] }),
        pod({ name: 'b' }),
      ],
      rolloutOf(),
      ['b'],
    ],
    [
      'are all of which only labels change',
      [first, ...three.map(each => ({ ...each, kind: 'metadata' as const }))],
      rolloutOf(),
      ['a', 'b', 'c'],
    ],
    ['are evicted with `Recreate`', [first, ...three], rolloutOf({ update: 'Recreate' }), ['a by eviction']],
    [
      'keep what only labels change with `Recreate`',
      [first, pod({ name: 'a', kind: 'metadata' })],
      rolloutOf({ update: 'Recreate' }),
      ['a'],
    ],
    [
      'are one of a DaemonSet',
      [first, ...three.map(each => ({ ...each, controller: 'DaemonSet' }))],
      rolloutOf({ update: 'Recreate', maxUnavailable: 3 }),
      ['a by eviction'],
    ],
    [
      'are only the unavailable one of a DaemonSet that has one',
      [first, ...three.map((each, i) => ({ ...each, controller: 'DaemonSet', isReady: i > 0 }))],
      rolloutOf({ update: 'Recreate', maxUnavailable: 3 }),
      ['a by eviction'],
    ],
    [
      'are none of a DaemonSet of which a Pod with the due revision is unavailable',
      [
        first,
        pod({ name: '0', revision: canary, kind: 'none', controller: 'DaemonSet', isReady: false }),
        ...three.map(each => ({ ...each, controller: 'DaemonSet' })),
      ],
      rolloutOf({ update: 'Recreate', maxUnavailable: 3 }),
      [],
    ],
  ])('%s', (_, pods, of, expected) => {
    expect(next(pods, of)).toEqual(expected)
  })

  it('are no more than are free, and none that a PodDisruptionBudget protects', () => {
    const many = ['a', 'b', 'c', 'd'].map(name => pod({ name, workload: name }))
    expect(next([first, ...many], rolloutOf(), { free: 2 })).toEqual(['a', 'b'])
    expect(next([first, ...many], rolloutOf(), { free: 0 })).toEqual([])
    expect(next(many, rolloutOf(), { free: 0 })).toEqual([])
    expect(next([first, ...many], rolloutOf(), { isProtected: ({ name }) => name < 'c' })).toEqual(['c', 'd'])
  })
})

it.each<[Rollout['maxUnavailable'], number, number]>([
  [undefined, 10, 1],
  [3, 10, 3],
  ['25%', 10, 3],
  ['1%', 10, 1],
  ['100%', 10, 10],
  ['50%', 1, 1],
])('with maxUnavailable %s, of %s Pods %s may be unavailable', (maxUnavailable, pods, expected) => {
  expect(mostUnavailable({ ...(maxUnavailable !== undefined && { maxUnavailable }) }, pods)).toBe(expected)
})

const anyPod = fc
  .record({
    workload: fc.constantFrom('w1', 'w2', 'w3'),
    isReady: fc.boolean(),
    isUpdated: fc.boolean(),
    isSlow: fc.boolean(),
    kind: fc.constantFrom('metadata', 'images', 'resources', 'recreate'),
  })
  .map(({ isUpdated, isSlow, ...own }) =>
    isUpdated ? updatedPod(isSlow ? 3 : 30, { ...own, kind: 'none' }) : pod(own as Partial<RolloutPod>),
  )

it('no workload ever has more unavailable Pods than it may, unless they were unavailable before', () => {
  fc.assert(
    fc.property(
      fc.array(anyPod, { maxLength: 30 }),
      fc.constantFrom(1, 2, '10%', '50%', '100%'),
      fc.constantFrom('InPlace', 'Recreate'),
      (all, maxUnavailable, update) => {
        const pods = all.map((each, i) => ({ ...each, name: `p${i}`, uid: `p${i}` }))
        const of = rolloutOf({ update: update as 'InPlace', maxUnavailable })
        const seen = judge(pods, of)
        const chosen = new Set(
          nextPods(seen, { ...of, free: 100, isProtected: () => false }).flatMap(({ pod: each }) =>
            each.kind === 'metadata' ? [] : [each.name],
          ),
        )
        for (const [, own] of Map.groupBy(seen, ({ pod: { workload } }) => workload)) {
          const before = own.filter(({ pod: each, is }) => !each.isReady || is.state === 'updating').length
          const after = own.filter(
            ({ pod: each, is }) => !each.isReady || is.state === 'updating' || chosen.has(each.name),
          ).length
          expect(after).toBeLessThanOrEqual(Math.max(before, mostUnavailable(of.rollout, own.length)))
        }
      },
    ),
    { numRuns: 500 },
  )
})

describe('what a look at the Pods found', () => {
  const finding = (pods: readonly RolloutPod[], of = rolloutOf()) => findingOf(judge(pods, of), of)
  const crashing = (name: string) =>
    pod({
      name,
      revision: canary,
      kind: 'none',
      containers: [container({ waiting: 'CrashLoopBackOff', isReady: false })],
    })
  const waiting = updatedPod(3, { name: 'w' })

  it('has the numbers', () => {
    const pods = [first, waiting, ...three, pod({ kind: 'recreate' }), pod({ isOver: true }), crashing('x')]
    expect(finding(pods)).toMatchObject({
      matched: 7,
      updated: 2,
      ready: 1,
      outdated: 3,
      needsRecreate: 1,
      failed: 1,
      isSettled: false,
    })
  })

  it.each<[string, readonly RolloutPod[], RolloutOf, boolean]>([
    ['settles a step without Pods', [], rolloutOf(), true],
    [
      'settles it if all are updated, or somebody must recreate them',
      [first, pod({ kind: 'recreate' })],
      rolloutOf(),
      true,
    ],
    ['does not settle it while one is outdated', [first, pod()], rolloutOf(), false],
    ['settles it if only new Pods get the revision', [first, pod()], rolloutOf({}), true],
    ['does not settle it while one is updated', [first, waiting], rolloutOf({}), false],
    [
      'settles it although a Pod of the canary has no node',
      [
        pod({
          revision: canary,
          kind: 'none',
          startedAt: undefined,
          containers: [container({ isReady: false })],
        }),
      ],
      rolloutOf({}),
      true,
    ],
    [
      'settles it although a Pod of the stable revision is not ready',
      [pod({ due: stable, kind: 'none', containers: [container({ isReady: false })] })],
      rolloutOf(),
      true,
    ],
    ['does not settle it with a failure', [crashing('x')], rolloutOf({}), false],
  ])('%s', (_, pods, of, expected) => {
    expect(finding(pods, of).isSettled).toBe(expected)
  })

  it('names the first failure, by namespace and name, and a Pod that was put back last', () => {
    const back = pod({ name: 'a', updated: { from: canary, at: ago(60) } })
    expect(finding([back, crashing('z'), crashing('y')]).failure).toMatchObject({
      name: 'y',
      reason: 'CrashLoopBackOff',
    })
    expect(finding([back]).failure).toMatchObject({ name: 'a', reason: 'PutBack' })
    const refused = {
      namespace: 'a',
      name: 'b',
      reason: 'RefusedByApiServer',
      message: 'a policy refuses it',
    }
    const of = rolloutOf()
    expect(findingOf(judge([first]), of, { more: [refused], waiting: '1 Pod waits' })).toMatchObject({
      failure: refused,
      waiting: '1 Pod waits',
      isSettled: false,
    })
  })
})

describe('a new Pod that waits for the init containers of its app', () => {
  const down = container({ isStarted: false, isReady: false, hasImage: false })
  const waiting = pod({
    name: 'new',
    revision: canary,
    due: canary,
    kind: 'none',
    isReady: false,
    startedAt: ago(590),
    containers: [down],
  })
  it('fails no step and holds none up', () => {
    const held = { ...waiting, isHeldUp: true } as const
    expect(findingOf(judge([held]), rolloutOf())).toMatchObject({ isSettled: true, failed: 0 })
    const options = { ...rolloutOf(), free: 10, isProtected: () => false }
    expect(nextPods(judge([held, pod({ workload: 'shop/Deployment/other' })]), options)).toHaveLength(1)
    expect(findingOf(judge([waiting]), rolloutOf())).toMatchObject({ isSettled: false, failed: 1 })
  })
})

describe('a Pod that no node has started yet', () => {
  const unstarted = container({ isStarted: false, isReady: false, hasImage: false, runningSince: undefined })
  const pending = { isReady: false, startedAt: undefined, containers: [unstarted] }
  const updated = updatedPod(400, { ...pending, containers: [{ ...unstarted, restarts: true }] })
  const other = pod({ name: 'other', workload: 'shop/Deployment/other' })
  it('is updated at once, before its image is needed', () => {
    expect(next([first, pod(pending)])).toEqual(['web-1'])
  })

  it('fails no step after that, holds none up, and takes no place of those that are updated', () => {
    expect(findingOf(judge([updated]), rolloutOf())).toMatchObject({ isSettled: true, failed: 0 })
    expect(next([updated, other])).toEqual(['other'])
    const rollout = { ...rolloutOf(), key: 'agent', uid: 'u', name: 'agent', basis: '' }
    const [view] = rolloutViews().of([rollout], new Map([['agent', [{ pod: updated, pulls: [] }]]]), now)
    expect(inFlightOf(view ? [view] : [])).toEqual([])
  })

  it('has the whole deadline from its start on', () => {
    const startedAgo = (seconds: number) =>
      findingOf(judge([{ ...updated, startedAt: ago(seconds) }]), rolloutOf())
    expect(startedAgo(299)).toMatchObject({ isSettled: false, failed: 0 })
    expect(startedAgo(300)).toMatchObject({ failed: 1 })
  })
})
