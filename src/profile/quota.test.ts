import { describe, expect, it } from 'vitest'
import type { JsonObject } from './json.ts'
import { beyondQuota, beyondQuotaMessage } from './quota.ts'

const stored = (...profiles: readonly (readonly [name: string, second: string])[]) =>
  new Map(
    profiles.map(([name, second]): [string, JsonObject] => [
      name,
      { metadata: { name, creationTimestamp: `2026-01-01T00:00:${second}Z` } },
    ]),
  )

describe('beyondQuota', () => {
  it('is nothing of a namespace with as many as it may have', () => {
    expect(beyondQuota(stored(['a', '01'], ['b', '02']), 2)).toEqual(new Set())
  })

  it.each([
    { what: 'the youngest', profiles: stored(['a', '09'], ['b', '01'], ['c', '02']), beyond: ['a'] },
    {
      what: 'the greater name of equally old ones',
      profiles: stored(['c', '01'], ['b', '01'], ['a', '01']),
      beyond: ['c'],
    },
    {
      what: 'all but the oldest',
      profiles: stored(['a', '04'], ['b', '03'], ['c', '02'], ['d', '01']),
      beyond: ['a', 'b'],
    },
  ])('is $what', ({ profiles, beyond }) => {
    expect([...beyondQuota(profiles, 2)].toSorted()).toEqual(beyond)
  })

  it('says who can change it', () => {
    expect(beyondQuotaMessage(50)).toMatch(/more than 50 SidecarProfiles.*--profiles-per-namespace/)
  })
})
