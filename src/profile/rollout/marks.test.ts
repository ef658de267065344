import { describe, expect, it } from 'vitest'
import { marksOf, promotionIn, resumeMark, resumptionIn, skewMs, textOf, timeOf } from './marks.ts'
import { ago, canary, later, now, stable, stored } from './rollout.fixture.ts'

describe('the annotations of a rollout', () => {
  it('are read if they are text', () => {
    const annotations = { 'pillion.dev/promote': canary, 'pillion.dev/resumed-at': ago(0), other: 'x' }
    expect(marksOf({ metadata: { annotations } })).toEqual({ promote: canary, resumedAt: ago(0) })
    expect(marksOf({ metadata: { annotations: { 'pillion.dev/promote': 1 } } })).toEqual({})
    expect(marksOf({})).toEqual({})
  })
})

describe('a promotion', () => {
  const old = 'eeeeeeeeee'
  const promoted = (promote: string | undefined, own = stored()) =>
    promotionIn(promote === undefined ? {} : { promote }, own, { last: 2, isKept: each => each === old })
  const said = (value: string) => `the annotation pillion.dev/promote is ${JSON.stringify(value)}`
  const form = 'it must be a revision, or a revision, "/" and a step'

  it.each([
    { what: 'none', value: undefined, is: {} },
    { what: 'all the way', value: canary, is: { past: 'all' } },
    { what: 'past the first step', value: `${canary}/0`, is: { past: 0 } },
    { what: 'past the last step', value: `${canary}/2`, is: { past: 2 } },
    { what: 'of an earlier rollout', value: old, is: {} },
    { what: 'of what is stable', value: `${stable}/1`, is: {} },
    {
      what: 'past a step that is not there',
      value: `${canary}/3`,
      is: { problem: `${said(`${canary}/3`)}, but the last step of the rollout is 2` },
    },
    {
      what: 'of another revision',
      value: later,
      is: { problem: `${said(later)}, but revision ${canary} is being rolled out` },
    },
    { what: 'empty', value: '', is: { problem: `${said('')}: ${form}` } },
    { what: 'not a revision', value: `x${canary}`, is: { problem: `${said(`x${canary}`)}: ${form}` } },
    { what: 'not a step', value: `${canary}/x`, is: { problem: `${said(`${canary}/x`)}: ${form}` } },
    {
      what: 'long',
      value: `${canary}/${'9'.repeat(99)}`,
      is: {
        problem: expect.stringMatching(/^the annotation pillion\.dev\/promote is ".{1,60}": it must be/),
      },
    },
  ])('is $what: $value', ({ value, is }) => {
    expect(promoted(value)).toEqual(is)
  })

  it('is a problem when no revision is being rolled out', () => {
    expect(promoted(later, { phase: 'Completed', stable })).toEqual({
      problem: `${said(later)}, but no revision is being rolled out`,
    })
  })
})

describe('a resumption', () => {
  const text = (ms: number) => new Date(ms).toISOString()
  const said = (value: string) => `the annotation pillion.dev/resumed-at is ${JSON.stringify(value)}`

  it.each([
    { what: 'none', value: undefined, is: {} },
    { what: 'a time', value: text(now - 60_000), is: { at: now - 60_000 } },
    { what: 'a time of a clock that is a little fast', value: text(now + skewMs), is: { at: now + skewMs } },
    {
      what: 'a time in the future',
      value: text(now + skewMs + 1),
      is: { problem: `${said(text(now + skewMs + 1))}, which is in the future` },
    },
    {
      what: 'no time',
      value: 'now',
      is: { problem: `${said('now')}: it must be a time such as 2026-01-31T12:00:00Z` },
    },
  ])('is $what: $value', ({ value, is }) => {
    expect(resumptionIn(value === undefined ? {} : { resumedAt: value }, now)).toEqual(is)
  })

  it('is marked later than the failure, also if the clock of the leader is ahead', () => {
    for (const failedAt of [now - 60_000, now, now + 60_000]) {
      const mark = resumeMark(stored({ phase: 'Degraded', since: textOf(failedAt) }), now)
      expect(timeOf(mark)).toBe(Math.max(now, failedAt + 1_000))
    }
    expect(resumeMark(stored(), now)).toBe(textOf(now))
  })
})

describe('a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', now],
    ['2026-01-31T12:00:00.5Z', now + 500],
    ['2026-01-31T12:00:00.000000000Z', now],
    ['2026-01-31T14:00:00+02:00', now],
    ['2026-01-31T12:00:00', undefined],
    ['2026-01-31 12:00:00Z', undefined],
    ['x2026-01-31T12:00:00Z', undefined],
    ['2026-01-31T12:00:00Zx', undefined],
    ['2026-01-31T12:00:00.0000000000Z', undefined],
    ['2026-13-31T12:00:00Z', undefined],
    ['2026', undefined],
    [undefined, undefined],
  ])('is %j', (written, time) => {
    expect(timeOf(written)).toBe(time)
  })

  it('is written in whole seconds', () => {
    expect(textOf(now + 999)).toBe('2026-01-31T12:00:00Z')
  })
})
