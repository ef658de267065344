import { describe, expect, it } from 'vitest'
import { limits } from '../../limits/limits.ts'
import type { Rollout } from '../schema/rollout-schema.ts'
import { advance, holdEnds, type RolloutFacts } from './advance.ts'
import { resumeMark } from './marks.ts'
import { ago, canary, crash, found, later, next, now, stable, stored } from './rollout.fixture.ts'

const steps: Rollout = {
  steps: [
    { percent: 5, hold: '1m' },
    { percent: 25, pause: true },
    { percent: 50, hold: '1h30m' },
  ],
}
const inPlace: Rollout = { update: 'InPlace' }
const since = ago(0)
const isNew: Partial<RolloutFacts> = { stored: { phase: 'Completed', stable, since: ago(900) } }

describe('a new revision', () => {
  it.each<[string, Rollout | undefined, Partial<RolloutFacts>, ReturnType<typeof next>]>([
    [
      'is stable at once if it is the first',
      steps,
      { stored: undefined, lastAccepted: undefined },
      { phase: 'Completed', stable: canary, since },
    ],
    [
      'begins from the last accepted one if there was no rollout',
      { canary: { percent: 30 } },
      { stored: undefined, lastAccepted: stable },
      stored({ percent: 30, since }),
    ],
    [
      'is none if a spec that is in use gets a rollout',
      steps,
      { stored: undefined },
      { phase: 'Completed', stable: canary, since },
    ],
    ['has no rollout if the spec has none', undefined, isNew, undefined],
    [
      'is stable at once without canary, steps and update',
      {},
      isNew,
      { phase: 'Completed', stable: canary, since },
    ],
    [
      'goes to all at once without canary and steps, and runs until Pods are updated',
      inPlace,
      { ...isNew, updates: true },
      stored({ since }),
    ],
    ['is stable at once if updates are off', inPlace, isNew, { phase: 'Completed', stable: canary, since }],
    ['begins with the first step', steps, isNew, stored({ percent: 5, since })],
    [
      'begins with the percentage of the canary',
      { canary: { percent: 30 } },
      isNew,
      stored({ percent: 30, since }),
    ],
    [
      'begins without a percentage if a selector decides',
      { canary: { podSelector: {} } },
      isNew,
      { phase: 'Progressing', stable, canary, step: 0, since },
    ],
    [
      'reaches nobody while the rollout is paused',
      { ...steps, paused: true },
      isNew,
      stored({ phase: 'Paused', percent: 0, since }),
    ],
    [
      'replaces one that is being rolled out',
      steps,
      { stored: stored({ canary: later, step: 2, percent: 50 }) },
      stored({ percent: 5, since }),
    ],
    [
      'replaces one that failed',
      steps,
      { stored: stored({ phase: 'Degraded', canary: later, step: 2 }) },
      stored({ percent: 5, since }),
    ],
    [
      'ends the rollout if it is the stable one',
      steps,
      { accepted: stable, stored: stored({ step: 1, percent: 25 }) },
      { phase: 'Completed', stable, since },
    ],
    [
      'ends a failed rollout if it is the stable one',
      steps,
      { accepted: stable, stored: stored({ phase: 'Degraded' }) },
      { phase: 'Completed', stable, since },
    ],
    [
      'changes nothing until it is accepted',
      steps,
      { accepted: undefined, stored: stored({ canary: later, percent: 5 }) },
      stored({ canary: later, percent: 5 }),
    ],
  ])('%s', (_, rollout, facts, expected) => {
    expect(next(rollout, facts)).toEqual(expected)
  })
})

describe('a step', () => {
  const first = stored({ percent: 5, since: ago(60) })
  it.each<[string, Rollout, Partial<RolloutFacts>, ReturnType<typeof next>]>([
    [
      'lasts until its hold is over',
      steps,
      { stored: stored({ percent: 5, since: ago(59) }) },
      stored({ percent: 5, since: ago(59) }),
    ],
    ['ends with its hold', steps, { stored: first }, stored({ step: 1, percent: 25, since })],
    [
      'pauses at `pause: true`',
      steps,
      { stored: stored({ step: 1, percent: 25 }) },
      stored({ phase: 'Paused', step: 1, percent: 25, since }),
    ],
    [
      'stays paused',
      steps,
      { stored: stored({ phase: 'Paused', step: 1, percent: 25 }) },
      stored({ phase: 'Paused', step: 1, percent: 25 }),
    ],
    [
      'is followed by all workloads if it is the last',
      steps,
      { stored: stored({ step: 2, percent: 50, since: ago(5_400) }) },
      stored({ step: 3, since }),
    ],
    [
      'completes the rollout at 100 %',
      steps,
      { stored: stored({ step: 3 }) },
      { phase: 'Completed', stable: canary, since },
    ],
    [
      'completes the rollout with the numbers of the look that ends it',
      inPlace,
      {
        stored: stored({ matched: 10, updated: 9, ready: 9 }),
        updates: true,
        found: found(stored({ matched: 10, updated: 9, ready: 9 })),
      },
      {
        phase: 'Completed',
        stable: canary,
        since,
        matched: 10,
        updated: 10,
        ready: 10,
        outdated: 0,
        needsRecreate: 0,
        failed: 0,
        progress: '10/10',
      },
    ],
    ['waits for the first look', steps, { stored: first, updates: true }, first],
    [
      'waits until its Pods are ready',
      steps,
      { stored: first, updates: true, found: found(first, { isSettled: false, ready: 3 }) },
      {
        ...first,
        matched: 10,
        updated: 10,
        ready: 3,
        outdated: 0,
        needsRecreate: 0,
        failed: 0,
        progress: '10/10',
      },
    ],
    [
      'does not end by a look at another step',
      steps,
      { stored: first, updates: true, found: found(stored({ percent: 5, since: ago(61) })) },
      first,
    ],
    [
      'ends when its Pods are ready',
      { ...steps, ...inPlace },
      { stored: first, updates: true, found: found(first) },
      stored({ step: 1, percent: 25, since }),
    ],
    [
      'does not end while the rollout is paused',
      { ...steps, paused: true },
      { stored: first },
      stored({ phase: 'Paused', percent: 5, since }),
    ],
    [
      'begins again after the pause',
      steps,
      { stored: stored({ phase: 'Paused', percent: 5 }) },
      stored({ percent: 5, since }),
    ],
    [
      'begins after a pause from the beginning',
      steps,
      { stored: stored({ phase: 'Paused', percent: 0 }) },
      stored({ percent: 5, since }),
    ],
    [
      'takes the percentage of an edit',
      { steps: [{ percent: 7 }] },
      { stored: first },
      stored({ percent: 7, since }),
    ],
    [
      'is the last one if the spec has fewer now',
      { steps: [{ percent: 7 }] },
      { stored: stored({ step: 3, percent: 50 }) },
      stored({ step: 1, percent: 100, since }),
    ],
    ['ends all the more if the spec has no steps now', {}, { stored: first }, stored({ since })],
    [
      'that began in the future begins now',
      steps,
      { stored: stored({ percent: 5, since: ago(-7_200) }) },
      stored({ percent: 5, since }),
    ],
    [
      'that began in the near future is not over',
      steps,
      { stored: stored({ percent: 5, since: ago(-30) }) },
      stored({ percent: 5, since: ago(-30) }),
    ],
    [
      'without a readable time is over',
      steps,
      { stored: stored({ percent: 5, since: 'yesterday' }) },
      stored({ step: 1, percent: 25, since }),
    ],
  ])('%s', (_, rollout, facts, expected) => {
    expect(next(rollout, facts)).toEqual(expected)
  })

  it('says when its hold ends', () => {
    expect(holdEnds(first, steps)).toBe(now)
    expect(holdEnds(stored({ phase: 'Paused', percent: 5 }), steps)).toBeUndefined()
    expect(holdEnds(stored({ step: 2, percent: 50, since }), steps)).toBe(now + 5_400_000)
    expect(holdEnds(stored(), {})).toBeUndefined()
  })
})

describe('a canary', () => {
  const share = stored({ percent: 30 })
  it.each<[string, Rollout, Partial<RolloutFacts>, ReturnType<typeof next>]>([
    ['stays', { canary: { percent: 30 } }, { stored: share }, share],
    [
      'stays, although its Pods are ready',
      { canary: { percent: 30 }, ...inPlace },
      { stored: share, updates: true, found: found(share) },
      {
        ...share,
        matched: 10,
        updated: 10,
        ready: 10,
        outdated: 0,
        needsRecreate: 0,
        failed: 0,
        progress: '10/10',
      },
    ],
    [
      'takes another percentage',
      { canary: { percent: 60 } },
      { stored: share },
      stored({ percent: 60, since }),
    ],
    [
      'takes a selector instead',
      { canary: { podSelector: {} } },
      { stored: share },
      { phase: 'Progressing', stable, canary, step: 0, since },
    ],
    ['goes to all with 100 %', { canary: { percent: 100 } }, { stored: share }, stored({ since })],
    ['goes to all without a canary in the spec', {}, { stored: share }, stored({ since })],
    ['goes on with the first step', steps, { stored: share }, stored({ percent: 5, since })],
    [
      'takes the place of steps',
      { canary: { percent: 30 } },
      { stored: stored({ step: 2, percent: 50 }) },
      stored({ percent: 30, since }),
    ],
    [
      'does not take back what all workloads have',
      { canary: { percent: 30 } },
      { stored: stored({ step: 1 }), updates: true },
      stored({ step: 1 }),
    ],
    [
      'goes to all when it is promoted',
      { canary: { percent: 30 } },
      { stored: share, marks: { promote: canary } },
      stored({ step: 1, since }),
    ],
    [
      'goes to all when its only step is promoted',
      { canary: { percent: 30 } },
      { stored: share, marks: { promote: `${canary}/0` } },
      stored({ step: 1, since }),
    ],
    [
      'by a selector goes to all when it is promoted',
      { canary: { podSelector: {} } },
      {
        stored: { phase: 'Progressing', stable, canary, step: 0, since: ago(60) },
        marks: { promote: canary },
      },
      stored({ step: 1, since }),
    ],
  ])('%s', (_, rollout, facts, expected) => {
    expect(next(rollout, facts)).toEqual(expected)
  })
})

describe('a promotion', () => {
  const paused = stored({ phase: 'Paused', step: 1, percent: 25 })
  const all = stored({ step: 3 })
  it.each<[string, Partial<RolloutFacts>, ReturnType<typeof next>]>([
    [
      'of a step ends it',
      { stored: paused, marks: { promote: `${canary}/1` } },
      stored({ step: 2, percent: 50, since }),
    ],
    ['of an earlier step changes nothing', { stored: paused, marks: { promote: `${canary}/0` } }, paused],
    [
      'of a later step passes over those before it',
      { stored: stored({ percent: 5, since }), marks: { promote: `${canary}/1` } },
      stored({ step: 2, percent: 50, since }),
    ],
    ['of the revision goes to all', { stored: paused, marks: { promote: canary } }, { ...all, since }],
    [
      'completes the rollout',
      { stored: all, marks: { promote: canary } },
      { phase: 'Completed', stable: canary, since },
    ],
    [
      'does not complete it before its Pods are ready',
      { stored: all, marks: { promote: canary }, updates: true },
      all,
    ],
    [
      'does not revive a failed rollout',
      { stored: stored({ phase: 'Degraded', percent: 5 }), marks: { promote: canary } },
      stored({ phase: 'Degraded', percent: 5 }),
    ],
    ['of an unknown revision changes nothing', { stored: paused, marks: { promote: later } }, paused],
    ['of an unknown step changes nothing', { stored: paused, marks: { promote: `${canary}/4` } }, paused],
    ['with another text changes nothing', { stored: paused, marks: { promote: 'yes' } }, paused],
  ])('%s', (_, facts, expected) => {
    expect(next(steps, facts)).toEqual(expected)
  })

  it('waits while spec.rollout.paused is true', () => {
    expect(next({ ...steps, paused: true }, { stored: paused, marks: { promote: canary } })).toEqual(paused)
  })
})

describe('a failure', () => {
  const share = stored({ percent: 5 })
  const failing = found(share, {
    isSettled: false,
    failed: 1,
    updated: 3,
    ready: 3,
    outdated: 6,
    failure: crash,
  })
  const degraded = stored({ phase: 'Degraded', percent: 5, since: ago(30) })
  const counts = {
    matched: 10,
    updated: 3,
    ready: 3,
    outdated: 6,
    needsRecreate: 0,
    failed: 1,
    progress: '3/10',
  }
  it.each<[string, Rollout | undefined, Partial<RolloutFacts>, ReturnType<typeof next>]>([
    [
      'stops the rollout',
      steps,
      { stored: share, found: failing, updates: true },
      { ...share, phase: 'Degraded', ...counts, since },
    ],
    [
      'stops it without updates of Pods that run, too',
      steps,
      { stored: share, found: failing },
      { ...share, phase: 'Degraded', ...counts, since },
    ],
    [
      'stops it during a pause',
      { ...steps, paused: true },
      { stored: { ...share, phase: 'Paused' }, found: { ...failing, of: { ...share, phase: 'Paused' } } },
      { ...share, phase: 'Degraded', ...counts, since },
    ],
    [
      'stops it while a new spec is not accepted',
      undefined,
      { accepted: undefined, stored: share, found: failing },
      { ...share, phase: 'Degraded', ...counts, since },
    ],
    [
      'stops an update after the rollout',
      inPlace,
      {
        stored: { phase: 'Completed', stable: canary },
        found: { ...failing, of: { phase: 'Completed', stable: canary } },
      },
      { phase: 'Degraded', stable: canary, ...counts, since },
    ],
    [
      'of another step is no failure of this one',
      steps,
      { stored: share, found: { ...failing, of: stored() } },
      { ...stored({ step: 1, percent: 25, since }) },
    ],
    [
      'stays, although all is well later',
      steps,
      { stored: degraded, found: found(degraded), updates: true },
      {
        ...degraded,
        matched: 10,
        updated: 10,
        ready: 10,
        outdated: 0,
        needsRecreate: 0,
        failed: 0,
        progress: '10/10',
      },
    ],
    ['stays if it was resumed before', steps, { stored: degraded, marks: { resumedAt: ago(30) } }, degraded],
    [
      'is resumed at its step by a later time',
      steps,
      { stored: degraded, marks: { resumedAt: ago(29) } },
      { ...degraded, phase: 'Progressing', since },
    ],
    [
      'of an update after the rollout is resumed, too',
      inPlace,
      { stored: { phase: 'Degraded', stable: canary, since: ago(30) }, marks: { resumedAt: ago(29) } },
      { phase: 'Completed', stable: canary, since },
    ],
    [
      'is not resumed by a time far in the future',
      steps,
      { stored: degraded, marks: { resumedAt: ago(-3_600) } },
      degraded,
    ],
    ['is not resumed by another text', steps, { stored: degraded, marks: { resumedAt: 'now' } }, degraded],
    [
      'is not before a resumption by a clock that is ahead',
      steps,
      { stored: share, found: failing, marks: { resumedAt: ago(-60) } },
      { ...share, phase: 'Degraded', ...counts, since: ago(-60) },
    ],
  ])('%s', (_, rollout, facts, expected) => {
    expect(next(rollout, facts)).toEqual(expected)
  })

  it('is resumed by the mark for it, whatever the clock of who resumes it', () => {
    const ahead = { ...degraded, since: ago(-300) }
    for (const status of [degraded, ahead])
      expect(next(steps, { stored: status, marks: { resumedAt: resumeMark(status, now) } })?.phase).toBe(
        'Progressing',
      )
  })
})

describe('the message', () => {
  const message = (rollout: Rollout, own: Partial<RolloutFacts> = {}) =>
    advance({
      stored: stored({ percent: 5 }),
      rollout,
      accepted: canary,
      marks: {},
      updates: false,
      now: now - 60_000,
      ...own,
    })?.message
  it.each<[string, Rollout, Partial<RolloutFacts>, string]>([
    ['a step', steps, {}, `step 1 of 3: 5 % of the workloads get revision ${canary}, the others ${stable}`],
    [
      'all workloads',
      steps,
      { stored: stored({ step: 3 }), updates: true },
      `after the last step: all workloads get revision ${canary}`,
    ],
    [
      'a step that waits',
      steps,
      { stored: stored({ phase: 'Paused', step: 1, percent: 25 }) },
      `step 2 of 3: 25 % of the workloads get revision ${canary}, the others ${stable}, until it is promoted: pillion rollout promote`,
    ],
    [
      'a canary',
      { canary: { percent: 5 } },
      {},
      `5 % of the workloads get revision ${canary}, the others ${stable}, until it is promoted: pillion rollout promote`,
    ],
    [
      'a selector',
      { canary: { podSelector: {} } },
      { stored: { phase: 'Progressing', stable, canary, step: 0 } },
      `the workloads that match spec.rollout.canary get revision ${canary}, the others ${stable}, until it is promoted: pillion rollout promote`,
    ],
    [
      'a pause',
      { paused: true },
      { stored: { phase: 'Completed', stable } },
      `Pods get revision ${stable}, and none gets ${canary} yet, until spec.rollout.paused is no longer true`,
    ],
    ['the end', {}, { stored: { phase: 'Completed', stable: canary } }, `Pods get revision ${canary}`],
    [
      'a failure',
      steps,
      { found: found(stored({ percent: 5 }), { failure: crash }) },
      `Pod shop/web-1: CrashLoopBackOff: the container a does not start; new Pods get revision ${stable}. To go on, change the spec, or run pillion rollout resume`,
    ],
    [
      'a promotion of an unknown revision',
      {},
      { stored: { phase: 'Completed', stable: canary }, marks: { promote: later } },
      `Pods get revision ${canary}. Note: the annotation pillion.dev/promote is "${later}", but no revision is being rolled out`,
    ],
    [
      'a promotion without a revision',
      {},
      { stored: { phase: 'Completed', stable: canary }, marks: { promote: 'yes' } },
      `Pods get revision ${canary}. Note: the annotation pillion.dev/promote is "yes": it must be a revision, or a revision, "/" and a step`,
    ],
    [
      'a time that is none',
      {},
      { stored: { phase: 'Completed', stable: canary }, marks: { resumedAt: '2026-13-01T00:00:00Z' } },
      `Pods get revision ${canary}. Note: the annotation pillion.dev/resumed-at is "2026-13-01T00:00:00Z": it must be a time such as 2026-01-31T12:00:00Z`,
    ],
    [
      'updates that are off',
      inPlace,
      { stored: { phase: 'Completed', stable: canary } },
      `Pods get revision ${canary}. Note: spec.rollout.update: InPlace does nothing, because Pillion runs without --rollout (in the chart: rollout.enabled)`,
    ],
  ])('says %s', (_, rollout, own, expected) => {
    expect(message(rollout, own)).toBe(expected)
  })

  it('says nothing about the promotion of an earlier revision that is kept', () => {
    const end = { stored: { phase: 'Completed', stable: canary } as const, isKept: () => true }
    expect(message({}, { ...end, marks: { promote: later } })).toBe(`Pods get revision ${canary}`)
  })

  it('keeps why a rollout failed, and what was wrong with the annotations only as long as it is', () => {
    const said = message(steps, { found: found(stored({ percent: 5 }), { failure: crash }) })!
    const degraded = stored({ phase: 'Degraded', percent: 5, message: said })
    const bad = message(steps, { stored: degraded, marks: { promote: 'yes' } })!
    expect(bad).toMatch(/^Pod shop\/web-1: .* Note: the annotation pillion\.dev\/promote is "yes"/)
    expect(message(steps, { stored: { ...degraded, message: bad } })).toBe(said)
  })

  it('has a limit', () => {
    const long = { ...crash, message: 'x'.repeat(100_000) }
    const said = message(steps, { found: found(stored({ percent: 5 }), { failure: long }) })
    expect(said).toHaveLength(limits.messageLength)
    expect(message(steps, { marks: { promote: 'y'.repeat(100_000) } })?.length).toBeLessThan(300)
  })
})
