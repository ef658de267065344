import { describe, expect, it } from 'vitest'
import { metered } from './budget.ts'
import { limits } from './limits.ts'
import { clusterProfile } from './profile.fixture.ts'
import { readProfile } from './profile.ts'
import { hostileSpecs } from './profile-worst.fixture.ts'

describe('reading a profile that takes as much as it can', () => {
  it.each(Object.entries(hostileSpecs))('ends within the budget: %s', { timeout: 30_000 }, (_, spec) => {
    const { value, units } = metered(() => readProfile(clusterProfile(spec)))
    // The work that would have been too much is counted, and not done.
    expect(units).toBeLessThanOrEqual(limits.compileUnits + dearestStep)
    if ('problems' in value) expect(value.problems.length).toBeLessThanOrEqual(limits.problems)
  })

  it('costs the same each time, whatever is kept from before', () => {
    for (const spec of [hostileSpecs['patterns of Unicode classes']!, hostileSpecs['short expressions']!]) {
      const units = () => metered(() => readProfile(clusterProfile(spec))).units
      const first = units()
      expect([units(), units()]).toEqual([first, first])
    }
  })
})

/** One regular expression of the largest size. */
const dearestStep = 100 * limits.patternSize
