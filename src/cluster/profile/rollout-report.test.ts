import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { type Kept, nothingKept } from '../../profile/accept/kept-revision.ts'
import { accepted, clusterProfile } from '../../profile/profile.fixture.ts'
import { ago, canary, found, now, stable, stored } from '../../profile/rollout/rollout.fixture.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import { rolloutConditions } from './rollout-conditions.ts'
import { rolloutReport } from './rollout-report.ts'

const steps = { steps: [{ percent: 5, hold: '90s' }] }

/** A verdict on a stored profile, whose accepted revision is the canary. */
function verdictOn(rollout: RolloutStatus | undefined, own: JsonObject = {}): Verdict {
  const profile = accepted(clusterProfile({ containers: [{ name: 'a', image: 'a:1' }], rollout: steps }))
  const status = {
    lastAccepted: { revision: canary, name: `logging-${canary}` },
    ...(rollout && { rollout }),
  }
  const metadata = { name: 'logging', uid: 'u', generation: 2, ...own }
  return { object: { metadata, status }, accepted: true, reason: 'Accepted', problems: [], profile }
}

const later = (ms: number) => vi.setSystemTime(now + ms)

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
})

describe('the report on a rollout', () => {
  const first = stored({ percent: 5 })

  it('says when the hold of a step ends', () => {
    const report = rolloutReport({})
    const verdict = verdictOn(first)
    report.looks(verdict.object)
    expect(report.next(verdict, canary)).toMatchObject({ step: 0 })
    expect(report.nextAt()).toBe(now + 30_000)
    later(30_000)
    report.looks(verdict.object)
    expect(report.next(verdict, canary)).toMatchObject({ step: 1, percent: 100 })
    expect(report.nextAt()).toBe(Number.POSITIVE_INFINITY)
  })

  it('ends a step by the clock of the API server, even if the clock of a new leader is an hour ahead', () => {
    let serverNow = now
    const report = rolloutReport({ now: () => serverNow })
    const verdict = verdictOn(first)
    later(3_600_000)
    expect(report.next(verdict, canary)).toMatchObject({ step: 0 })
    serverNow = now + 30_000
    expect(report.next(verdict, canary)).toMatchObject({ step: 1 })
  })

  it('ends no step before the Pods were looked at, if Pillion updates them', () => {
    const report = rolloutReport({ updatesPods: true })
    const verdict = verdictOn(first)
    later(60_000)
    expect(report.next(verdict, canary)).toMatchObject({ step: 0 })
    expect(report.found('u', found(first))).toBe(true)
    expect(report.next(verdict, canary)).toMatchObject({ step: 1 })
  })

  it('says that a finding is not new if it is the same again', () => {
    const report = rolloutReport({ updatesPods: true })
    expect(report.found('u', found(first))).toBe(true)
    expect(report.found('u', found(first))).toBe(false)
    expect(report.found('u', found(first, { ready: 9 }))).toBe(true)
  })

  it('forgets what was found before a transition, and all about a profile that is gone', () => {
    const report = rolloutReport({ updatesPods: true })
    const { object } = verdictOn(first)
    const next = { rollout: stored({ step: 1 }) }
    report.found('u', found(first))
    report.written(object, { rollout: first })
    expect(report.found('u', found(first))).toBe(false)
    report.written(object, next)
    expect(report.found('u', found(first))).toBe(true)
    report.keep(new Set(['u']))
    expect(report.found('u', found(first))).toBe(false)
    report.keep(new Set())
    expect(report.found('u', found(first))).toBe(true)
  })

  it('writes numbers every three seconds at most, and anything else at once', () => {
    const report = rolloutReport({})
    const { object } = verdictOn(first)
    const numbers = {
      ...(object['status'] as JsonObject),
      rollout: { ...first, matched: 9, progress: '1/9' },
    }
    const phase = { ...numbers, rollout: { ...numbers.rollout, phase: 'Paused' } }
    expect(report.mustWait(object, numbers)).toBe(false)
    report.written(object, numbers)
    expect(report.mustWait(object, numbers)).toBe(true)
    expect(report.nextAt()).toBe(now + 3_000)
    expect(report.mustWait(object, phase)).toBe(false)
    expect(report.mustWait(object, { ...numbers, usedBy: { pods: 1 } })).toBe(false)
    later(3_000)
    expect(report.mustWait(object, numbers)).toBe(false)
  })

  it('lets the status of a profile without a rollout be written at any time', () => {
    const report = rolloutReport({})
    const { object } = verdictOn(undefined)
    report.written(object, {})
    expect(report.mustWait(object, { usedBy: { pods: 1 } })).toBe(false)
  })

  it('does not report an annotation about an earlier revision that is kept', () => {
    const size = { bytes: 0, isWhole: false }
    const old = {
      ...size,
      name: 'logging-0123456789',
      revision: '0123456789',
      number: 1,
      spec: () => undefined,
    }
    const verdict = verdictOn(first, { annotations: { 'pillion.dev/promote': '0123456789' } })
    const message = (of: Partial<Kept> | { find: () => typeof old }) =>
      rolloutReport({ keptOf: () => ({ ...nothingKept, ...of }) }).next(verdict, canary)?.message
    expect(message({})).toContain('Note: the annotation pillion.dev/promote')
    expect(message({ find: () => old })).not.toContain('Note')
  })
})

it.each([
  ['Progressing', 'True', 'False', 'RolloutProgressing'],
  ['Paused', 'Unknown', 'False', 'RolloutPaused'],
  ['Completed', 'True', 'False', 'RolloutCompleted'],
  ['Degraded', 'False', 'True', 'RolloutFailed'],
] as const)(
  'a rollout that is %s is Progressing=%s and Degraded=%s, because of %s',
  (phase, progressing, degraded, reason) => {
    expect(rolloutConditions({ phase, stable, since: ago(1), message: 'said' })).toMatchObject([
      { type: 'Progressing', status: progressing, reason, message: 'said' },
      { type: 'Degraded', status: degraded, reason },
    ])
    expect(rolloutConditions(undefined)).toEqual([])
  },
)
