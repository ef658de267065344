import { describe, expect, it } from 'vitest'
import { clusterProfile, refused } from '../profile.fixture.ts'
import { durationMs } from '../schema/rollout-schema.ts'
import { badRollouts, goodRollouts } from './rollout-rules.fixture.ts'

const withRollout = (rollout: Parameters<typeof clusterProfile>[0]) =>
  refused(clusterProfile({ containers: [{ name: 'a', image: 'a:1' }], rollout }))

describe('the rollout of a profile', () => {
  it.each(badRollouts)('is refused with %s', (_, rollout, said) => {
    const problems = withRollout(rollout)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(said)
  })

  it.each(goodRollouts.map(rollout => ({ rollout })))('is valid: $rollout', ({ rollout }) => {
    expect(withRollout(rollout)).toEqual([])
  })

  it('is refused with all that is wrong at once', () => {
    const rollout = { canary: {}, steps: [{ percent: 5 }, { percent: 5 }], minReadySeconds: 400 }
    expect(withRollout(rollout)).toHaveLength(4)
  })
})

it.each([
  ['0s', 0],
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1h1m1s', 3_661_000],
])('the duration %s has %s milliseconds', (text, expected) => {
  expect(durationMs(text)).toBe(expected)
})
