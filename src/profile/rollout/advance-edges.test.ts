import { describe, expect, it } from 'vitest'
import type { Rollout } from '../schema/rollout-schema.ts'
import { holdEnds, type RolloutFacts } from './advance.ts'
import { skewMs, textOf } from './marks.ts'
import { advanced, ago, canary, crash, found, next, now, stable, stored } from './rollout.fixture.ts'
import type { RolloutStatus } from './rollout-status.ts'

const since = ago(0)
const counts = {
  matched: 10,
  updated: 3,
  ready: 2,
  outdated: 7,
  needsRecreate: 0,
  failed: 0,
  progress: '3/10',
}
const toAll = (own: Partial<NonNullable<Rollout['steps']>[number]>): Rollout => ({
  steps: [{ percent: 100, ...own }],
})
const canaryOf30: Rollout = { canary: { percent: 30 } }
const completed = { phase: 'Completed', stable: canary, since }

describe('a new revision', () => {
  const isNew: Partial<RolloutFacts> = { stored: { phase: 'Completed', stable, since: ago(900) } }
  it.each<{ what: string; rollout: Rollout; own?: Partial<RolloutFacts>; is: object }>([
    {
      what: 'is not stable at once with a step, though it has no hold',
      rollout: { steps: [{ percent: 5 }] },
      is: stored({ percent: 5, since }),
    },
    {
      what: 'is not stable at once with a pause at all workloads',
      rollout: toAll({ pause: true }),
      is: stored({ since }),
    },
    {
      what: 'is not stable at once with a hold at all workloads',
      rollout: toAll({ hold: '1m' }),
      is: stored({ since }),
    },
    {
      what: 'is stable at once if Pods that run are not to be updated',
      rollout: {},
      own: { updates: true },
      is: completed,
    },
  ])('$what', ({ rollout, own, is }) => {
    expect(next(rollout, { ...isNew, ...own })).toEqual(is)
  })
})

describe('the last step', () => {
  const held = toAll({ hold: '1h' })
  const paused = toAll({ pause: true })
  const waits = stored({ phase: 'Paused' })
  const all = { promote: canary }
  const step = { promote: `${canary}/0` }

  it.each<{ what: string; rollout: Rollout; own: Partial<RolloutFacts>; is: object }>([
    { what: 'holds', rollout: held, own: {}, is: stored() },
    { what: 'ends when all is promoted', rollout: held, own: { marks: all }, is: completed },
    { what: 'ends when it is promoted', rollout: held, own: { marks: step }, is: completed },
    { what: 'waits', rollout: paused, own: { stored: waits }, is: waits },
    {
      what: 'goes on when all is promoted',
      rollout: paused,
      own: { stored: waits, marks: all },
      is: stored({ since }),
    },
    {
      what: 'goes on when it is promoted',
      rollout: paused,
      own: { stored: waits, marks: step },
      is: stored({ since }),
    },
    {
      what: 'does not end while an update failed',
      rollout: { update: 'InPlace' },
      own: { updates: true, found: found(stored(), { failed: 1 }) },
      is: stored({ ...counts, updated: 10, ready: 10, outdated: 0, failed: 1, progress: '10/10' }),
    },
  ])('$what', ({ rollout, own, is }) => {
    expect(next(rollout, own)).toEqual(is)
  })
})

describe('an edit of spec.rollout', () => {
  it.each<{ what: string; before: RolloutStatus; is: RolloutStatus }>([
    {
      what: 'of a rollout to all begins with the share of the canary',
      before: stored(),
      is: stored({ percent: 30, since }),
    },
    {
      what: 'after steps begins with the canary, though its share is the same',
      before: stored({ percent: 30, step: 2 }),
      is: stored({ percent: 30, since }),
    },
    {
      what: 'after a pause goes on, until it is promoted',
      before: stored({ phase: 'Paused', percent: 30 }),
      is: stored({ percent: 30, since }),
    },
  ])('$what', ({ before, is }) => {
    expect(next(canaryOf30, { stored: before })).toEqual(is)
  })
})

describe('the numbers of a rollout that ends', () => {
  it('are those that were stored', () => {
    expect(next({}, { stored: stored(counts) })).toEqual({ ...completed, ...counts })
    expect(Object.keys(next({}, { stored: stored({ matched: 1 }) }) ?? {}).toSorted()).toEqual([
      'matched',
      'phase',
      'since',
      'stable',
    ])
  })

  it('are none if Pods get the stable revision again', () => {
    expect(next({}, { stored: stored(counts), accepted: stable })).toEqual({
      phase: 'Completed',
      stable,
      since,
    })
  })
})

describe('a failure', () => {
  it('counts once', () => {
    const failed = stored({ phase: 'Degraded' })
    expect(next({}, { stored: failed, found: found(failed, { failure: crash }) })?.since).toBe(failed.since)
  })
})

describe('the time of a step', () => {
  const at = (ms: number) => stored({ since: textOf(ms) })
  it('may be ahead of the clock of this leader, within limits', () => {
    const rollout = toAll({ hold: '1h' })
    expect(next(rollout, { stored: at(now + skewMs) })).toEqual(at(now + skewMs))
    expect(next(rollout, { stored: at(now + skewMs + 1_000) })).toEqual(at(now))
  })

  it('does not end a step that the spec does not have', () => {
    expect(holdEnds(stored({ step: 9 }), toAll({ hold: '1h' }))).toBeUndefined()
    expect(holdEnds(stored(), toAll({ hold: '1h' }))).toBe(now - 60_000 + 3_600_000)
  })
})

describe('the message', () => {
  const message = (before: RolloutStatus, own: Partial<RolloutFacts> = {}, rollout = canaryOf30) =>
    advanced(rollout, { stored: before, ...own })?.message
  const share = stored({ percent: 30 })
  const says = `30 % of the workloads get revision ${canary}, the others ${stable}, until it is promoted: pillion rollout promote`

  it('says what happens now', () => {
    expect(message({ ...share, message: 'x' })).toBe(says)
    expect(message(stored({ phase: 'Degraded', percent: 30 }))).toMatch(/^the rollout failed; new Pods get/)
  })

  it('notes why Pods wait, as long as they do', () => {
    const waits = message(share, { found: found(share, { waiting: 'web-1 waits' }) })
    expect(waits).toBe(`${says}. Note: web-1 waits`)
    expect(message({ ...share, message: String(waits) })).toBe(says)
    expect(message(share, { found: found(stored(), { waiting: 'web-1 waits' }) })).toBe(says)
  })

  it('keeps the reason of a failure, without its old notes', () => {
    const failed = stored({ phase: 'Degraded', percent: 30, message: 'web-1 crashes. Note: old' })
    expect(message(failed)).toBe('web-1 crashes')
  })

  it('notes that updates are off, if the spec wants them', () => {
    expect(message(share, {}, { ...canaryOf30, update: 'OnCreate' })).toBe(says)
    expect(message(share, { updates: true }, { ...canaryOf30, update: 'InPlace' })).toBe(says)
    expect(message(share, {}, { ...canaryOf30, update: 'InPlace' })).toMatch(
      /\. Note: spec\.rollout\.update: InPlace does nothing/,
    )
  })
})
