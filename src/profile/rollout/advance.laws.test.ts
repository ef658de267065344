import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rollout } from '../schema/rollout-schema.ts'
import { advance, type RolloutFacts } from './advance.ts'
import type { Marks } from './marks.ts'
import { canary, crash, found, later, now, stable } from './rollout.fixture.ts'
import type { RolloutStatus } from './rollout-status.ts'
import { stagesOf } from './stages.ts'

const revisions = fc.constantFrom(stable, canary, later)
const percents = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })
const steps = fc
  .tuple(percents, fc.infiniteStream(fc.tuple(fc.constantFrom('', '0s', '20s', '1m'), fc.boolean())))
  .map(([shares, ends]) =>
    shares
      .sort((a, b) => a - b)
      .map(percent => {
        const [hold, pause] = ends.next().value
        return { percent, pause, ...(hold !== '' && { hold }) }
      }),
  )
const shares: fc.Arbitrary<Rollout> = fc.oneof(
  fc.constant({}),
  steps.map(all => ({ steps: all })),
  fc.integer({ min: 0, max: 100 }).map(percent => ({ canary: { percent } })),
  fc.constant({ canary: { podSelector: {} } }),
)
const rollouts = fc
  .tuple(shares, fc.constantFrom('OnCreate', 'InPlace', 'Recreate'), fc.constantFrom('Revert', 'Pause'))
  .map(([share, update, onFailure]) => ({ ...share, update, onFailure }) as Rollout)

/** One thing that happens, and the seconds until then. */
type Happening = readonly [seconds: number, what: Partial<Situation>]

interface Situation {
  readonly rollout: Rollout | undefined
  readonly accepted: string | undefined
  readonly marks: Marks
  readonly isFailing: boolean
  readonly isReady: boolean
}

const start: Situation = { rollout: {}, accepted: stable, marks: {}, isFailing: false, isReady: true }
const marks = fc.oneof(
  fc.constant({}),
  fc.tuple(revisions, fc.option(fc.integer({ min: 0, max: 6 }))).map(([revision, step]) => ({
    promote: step === null ? revision : `${revision}/${step}`,
  })),
  fc
    .integer({ min: 0, max: 900 })
    .map(seconds => ({ resumedAt: new Date(now + seconds * 1_000).toISOString() })),
)
const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 70 }),
    fc.oneof<fc.Arbitrary<Partial<Situation>>[]>(
      fc.constant({}),
      fc.record({ rollout: rollouts }),
      fc.record({ rollout: rollouts.map(rollout => ({ ...rollout, paused: true })) }),
      fc.constant({ rollout: undefined }),
      fc.record({ accepted: revisions }),
      fc.constant({ accepted: undefined }),
      fc.record({ marks }),
      fc.record({ isFailing: fc.boolean(), isReady: fc.boolean() }),
    ),
  ),
  { maxLength: 25 },
)

/** A leader: its clock, and whether it has looked at the Pods. */
interface Leader {
  readonly aheadMs?: number
  readonly isBlind?: boolean
}

function facts(
  stored: RolloutStatus | undefined,
  is: Situation,
  at: number,
  { isBlind }: Leader = {},
): RolloutFacts {
  const look =
    stored &&
    found(stored, {
      isSettled: is.isReady && !is.isFailing,
      ...(is.isFailing && { failed: 1, failure: crash }),
    })
  const { rollout, accepted, marks } = is
  return {
    stored,
    rollout,
    accepted,
    lastAccepted: stable,
    marks,
    found: isBlind ? undefined : look,
    updates: true,
    now: at,
  }
}

/** Every status that is written while all of that happens, with what was true then. */
function life(all: readonly Happening[], leaders: Iterator<Leader> = [][Symbol.iterator]()) {
  let [stored, is, at]: [RolloutStatus | undefined, Situation, number] = [undefined, start, now]
  const written: {
    before: RolloutStatus | undefined
    after: RolloutStatus | undefined
    is: Situation
    isEdit: boolean
  }[] = []
  for (const [seconds, what] of all) {
    at += seconds * 1_000
    is = { ...is, ...what }
    for (let first = true, calls = 0; ; first = false, calls += 1) {
      const leader: Leader = leaders.next().value ?? {}
      const next = advance(facts(stored, is, at + (leader.aheadMs ?? 0), leader))
      const isSame = JSON.stringify(next) === JSON.stringify(stored)
      if (!isSame)
        written.push({ before: stored, after: next, is, isEdit: first && Object.keys(what).length > 0 })
      // As JSON: only what is stored counts.
      stored = next && JSON.parse(JSON.stringify(next))
      if (isSame && !leader.isBlind) break
      expect(calls).toBeLessThan(60)
    }
  }
  return { end: stored, written }
}

const place = ({ stable, canary, phase, percent, step }: Partial<RolloutStatus> = {}) => ({
  stable,
  canary,
  phase,
  percent,
  step,
})
const isSameRollout = (a?: RolloutStatus, b?: RolloutStatus) =>
  a?.canary === b?.canary && a?.stable === b?.stable

describe('a rollout, whatever happens', () => {
  it('never skips a step that was not promoted', () => {
    fc.assert(
      fc.property(happenings, all => {
        for (const { before, after, is } of life(all).written) {
          if (!before || !isSameRollout(before, after) || is.marks.promote !== undefined) continue
          expect((after?.step ?? 0) - (before.step ?? 0)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes the revision from no workload, unless somebody edits the spec', () => {
    fc.assert(
      fc.property(happenings, all => {
        for (const { before, after, is, isEdit } of life(all).written) {
          if (isEdit || !before || !isSameRollout(before, after)) continue
          const isBySelector = is.rollout?.canary && is.rollout.canary.percent === undefined
          if (!isBySelector) expect(after?.percent ?? 100).toBeGreaterThanOrEqual(before.percent ?? 0)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('does not go on after a failure by itself', () => {
    fc.assert(
      fc.property(happenings, all => {
        for (const { before, after, is } of life(all).written) {
          if (before?.phase !== 'Degraded' || after?.phase === 'Degraded' || !after) continue
          const isOther = !isSameRollout(before, after)
          expect(isOther || (is.marks.resumedAt !== undefined && is.marks.resumedAt > before.since!)).toBe(
            true,
          )
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('is decided by what is given alone', () => {
    fc.assert(
      fc.property(happenings, all => {
        for (const { before, is } of life(all).written) {
          const given = facts(before, is, now)
          const copy = structuredClone(given)
          expect(advance(given)).toEqual(advance(copy))
          expect(given).toEqual(copy)
        }
      }),
    )
  })

  it('never gives a revision that was not accepted, and ends with the accepted one when all is well', () => {
    fc.assert(
      fc.property(happenings, rollouts, revisions, (all, rollout, accepted) => {
        const { written } = life(all)
        for (const { after, is } of written)
          if (after && is.accepted !== undefined) expect(after.canary ?? after.stable).toBe(is.accepted)
        const isWell = { isFailing: false, isReady: true }
        const { end } = life([
          ...all,
          [
            0,
            {
              ...isWell,
              rollout,
              accepted,
              marks: { promote: accepted, resumedAt: new Date(now + 3_000_000).toISOString() },
            },
          ],
          [3_100_000 / 1_000, {}],
          [3_600, {}],
          [3_600, {}],
        ])
        expect(place(end)).toEqual({ ...place(), phase: 'Completed', stable: accepted })
      }),
      { numRuns: 1_000 },
    )
  })

  it('comes to the same end when leaders change, which have looked at no Pod yet, and whose clocks differ', () => {
    // An edit meets the rollout where the leaders have taken it, so that there is one edit only.
    const weather = fc.array(fc.tuple(fc.integer({ min: 0, max: 70 }), fc.record({ isReady: fc.boolean() })))
    const calm = fc
      .tuple(rollouts, marks, weather)
      .map(([rollout, marks, all]): readonly Happening[] => [
        [0, { rollout, marks }],
        [1, { accepted: canary }],
        ...all,
      ])
    const leaders = fc.infiniteStream(
      fc.record({ aheadMs: fc.integer({ min: -4_000, max: 4_000 }), isBlind: fc.boolean() }),
    )
    fc.assert(
      fc.property(calm, leaders, (all, changing) => {
        const quiet = Array.from({ length: 12 }, (): Happening => [90, { isReady: true }])
        expect(place(life([...all, ...quiet], changing[Symbol.iterator]()).end)).toEqual(
          place(life([...all, ...quiet]).end),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('has one stage at least, and the last one reaches all workloads', () => {
    fc.assert(
      fc.property(rollouts, rollout => {
        expect(stagesOf(rollout).at(-1)?.percent).toBe(100)
      }),
    )
  })
})
