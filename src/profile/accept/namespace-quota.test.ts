import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { beyondQuota, beyondQuotaMessage, compareAge, quotaReachedMessage } from './namespace-quota.ts'
import { storedBytes } from './stored-size.ts'

/** A text with this number of characters has a few bytes more as JSON. */
const profile = (name: string, second: string | number, size = 1): JsonObject => ({
  metadata: { name, creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z` },
  spec: { text: 'x'.repeat(size) },
})
const stored = (...profiles: readonly (readonly [name: string, second: string, size?: number])[]) =>
  new Map(profiles.map(each => [each[0], profile(...each)]))

describe('beyondQuota', () => {
  it('is nothing of a namespace with as many as it may have', () => {
    expect(beyondQuota(stored(['a', '01'], ['b', '02']), { count: 2 })).toEqual(new Map())
  })

  it('is nothing that fits exactly', () => {
    const all = stored(['a', '01', 300], ['b', '02', 200])
    const [a, b] = [...all.values()].map(storedBytes) as [number, number]
    const none = new Map()
    expect(beyondQuota(all, { count: 2, bytes: a + b, share: a + b })).toEqual(none)
    expect(beyondQuota(stored(['a', '01', 300]), { count: 1, bytes: a })).toEqual(none)
    expect(beyondQuota(all, { count: 2, bytes: a + b - 1 })).toEqual(new Map([['b', 'bytes']]))
    expect(beyondQuota(all, { count: 2, share: a + b - 1 })).toEqual(new Map([['b', 'share']]))
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
    expect([...beyondQuota(profiles, { count: 2 }).keys()].toSorted()).toEqual(beyond)
  })

  const quota = { count: 3, bytes: 10_000, share: 6_000 }
  it.each([
    {
      what: 'what is more than the share of the namespace',
      profiles: stored(['a', '01', 4_000], ['b', '02', 4_000]),
      beyond: { b: 'share' },
    },
    {
      what: 'a smaller one that is younger than the first that does not fit',
      profiles: stored(['a', '01', 4_000], ['b', '02', 4_000], ['c', '03', 10]),
      beyond: { b: 'share', c: 'share' },
    },
    {
      what: 'one that is too large for any namespace, and none that is younger',
      profiles: stored(['a', '01', 20_000], ['b', '02', 4_000], ['c', '03', 10]),
      beyond: { a: 'bytes' },
    },
    {
      what: 'what is more than a namespace may have, before what is more than its share',
      profiles: stored(['a', '01', 4_000], ['b', '02', 8_000]),
      beyond: { b: 'bytes' },
    },
    {
      what: 'one too many, before what is too large',
      profiles: stored(['a', '01'], ['b', '02'], ['c', '03'], ['d', '04', 9_000]),
      beyond: { d: 'count' },
    },
  ])('is $what', ({ profiles, beyond }) => {
    expect(Object.fromEntries(beyondQuota(profiles, quota))).toEqual(beyond)
  })

  const profiles = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,3}$/), second: fc.nat(5), size: fc.nat(300) }),
    { selector: ({ name }) => name, maxLength: 12 },
  )
  const quotas = fc.record({ count: fc.nat(6), bytes: fc.nat(1_500), share: fc.nat(1_500) })
  const mapOf = (all: readonly { name: string; second: number; size: number }[]) =>
    new Map(all.map(({ name, second, size }) => [name, profile(name, second, size)]))
  const used = (all: ReadonlyMap<string, JsonObject>, within: Parameters<typeof beyondQuota>[1]) => {
    const beyond = beyondQuota(all, within)
    return [...all.keys()].filter(name => !beyond.has(name)).toSorted()
  }

  it('leaves no more in use than each limit says, in whatever order they come', () => {
    fc.assert(
      fc.property(profiles, quotas, (all, within) => {
        const map = mapOf(all)
        const names = used(map, within)
        const bytes = names.reduce((sum, name) => sum + storedBytes(map.get(name)!), 0)
        expect(names.length).toBeLessThanOrEqual(within.count)
        expect(bytes).toBeLessThanOrEqual(Math.min(within.bytes, within.share))
        expect(used(mapOf(all.toReversed()), within)).toEqual(names)
      }),
    )
  })

  it('takes nothing out of use because another one goes, a younger one comes, or there is more room', () => {
    fc.assert(
      fc.property(profiles, quotas, fc.nat(20), (all, within, more) => {
        const names = used(mapOf(all), within)
        const isSubset = (before: readonly string[], after: readonly string[]) =>
          expect(after).toEqual(expect.arrayContaining([...before]))
        for (const gone of all) {
          const rest = all.filter(each => each !== gone)
          isSubset(
            names.filter(name => name !== gone.name),
            used(mapOf(rest), within),
          )
        }
        const younger = { name: 'zzzz', second: 9, size: more }
        isSubset(names, used(mapOf([younger, ...all]), within))
        isSubset(
          names,
          used(mapOf(all), { ...within, share: within.share + more, count: within.count + more }),
        )
      }),
    )
  })

  it.each([
    ['count', /more than 50 SidecarProfiles.*--profiles-per-namespace/],
    ['bytes', /of this namespace are larger than 1024 KiB together.*delete some/],
    ['share', /of all namespaces are larger than \d+ KiB together.*ask an admin/],
    ['unlisted', /there is room now/],
  ] as const)('says of the limit %s who can change it', (beyond, says) => {
    expect(beyondQuotaMessage(beyond, { count: 50 })).toMatch(says)
  })

  it('is said in other words before there is one too many', () => {
    expect(quotaReachedMessage({ count: 50 })).toMatch(
      /^this namespace has 50 SidecarProfiles in use, and may have no more: delete some, or ask an admin /,
    )
  })
})

describe('the age of a profile', () => {
  it('decides, then its name', () => {
    const all = [profile('b', 2), profile('a', 1), profile('c', 2)]
    expect(all.toSorted(compareAge).map(({ metadata }) => metadata)).toEqual(
      [profile('a', 1), profile('b', 2), profile('c', 2)].map(({ metadata }) => metadata),
    )
    expect(compareAge(profile('a', 1), profile('a', 1))).toBe(0)
    expect(compareAge(profile('a', 1), profile('a', 2))).toBeLessThan(0)
    expect(compareAge(profile('b', 1), profile('a', 1))).toBeGreaterThan(0)
    expect(compareAge({ metadata: { name: 'a' } }, profile('a', 1))).toBeLessThan(0)
  })
})
