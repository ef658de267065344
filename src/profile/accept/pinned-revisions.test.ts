import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { BudgetSpent, metered, withBudget } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { accepted, clusterProfile } from '../profile.fixture.ts'
import type { Profile } from '../profile.ts'
import { revision } from '../revision.ts'
import { keeping } from './kept.fixture.ts'
import type { Kept } from './kept-revision.ts'
import { pinnedRevisions, type WithRevisions } from './pinned-revisions.ts'

const specs = Array.from({ length: limits.pinnedRevisions + 3 }, (_, i) => ({
  containers: [{ name: 'a', image: `a:${i}` }],
}))
const hash = (i: number) => revision(specs[i]!)
const current = accepted(clusterProfile({ containers: [{ name: 'a', image: 'a:now' }] }))
const kept = keeping('logging', ...specs)
const object: JsonObject = clusterProfile({})

/** The revisions of a profile, of which these are kept. */
function revisions(own: Partial<WithRevisions> = {}) {
  return pinnedRevisions(() => ({ object, kept, compiled: [], ...own }))
}

describe('a pinned revision', () => {
  it('is the profile itself, without a look at what is kept', () => {
    expect(pinnedRevisions(() => undefined).revisionOf(current, current.revision)).toBe(current)
  })

  it('is one that is in use already', () => {
    const inUse = accepted(clusterProfile(specs[1]!))
    expect(revisions({ compiled: [current, inUse] }).revisionOf(current, hash(1))).toBe(inUse)
  })

  it('is compiled from what is kept, once', () => {
    const { revisionOf } = revisions()
    const [one, another] = [revisionOf(current, hash(1)), revisionOf(current, hash(2))]
    expect([one?.revision, another?.revision]).toEqual([hash(1), hash(2)])
    expect(revisionOf(current, hash(1))).toBe(one)
  })

  it('is not there if it is not kept, or the profile is not stored', () => {
    expect(revisions().revisionOf(current, '0000000000')).toBeUndefined()
    expect(
      revisions({ compiled: [accepted(clusterProfile(specs[1]!))], kept: keeping('logging') }).revisionOf(
        current,
        hash(1),
      ),
    ).toBeUndefined()
    expect(pinnedRevisions(() => undefined).revisionOf(current, hash(1))).toBeUndefined()
  })

  it('is compiled again when another ControllerRevision keeps it', () => {
    let now: Kept = kept
    const { revisionOf } = pinnedRevisions(() => ({ object, kept: now, compiled: [] }))
    const before = revisionOf(current, hash(1))
    now = keeping('logging', ...specs)
    expect(revisionOf(current, hash(1))).not.toBe(before)
  })

  it('is that of one profile: the kind and the namespace count', () => {
    const { revisionOf } = revisions()
    const own: Profile = { ...current, kind: 'SidecarProfile', namespace: 'shop' }
    expect(revisionOf(own, hash(1))).not.toBe(revisionOf(current, hash(1)))
  })

  it('costs a review the same, whether or not it is compiled already', () => {
    const { revisionOf } = revisions()
    const [first, second] = [1, 2].map(() => metered(() => revisionOf(current, hash(1))).units)
    expect(first).toBeGreaterThan(0)
    expect(second).toBe(first)
    for (const one of [revisionOf, revisions().revisionOf])
      expect(() => withBudget(1, 'spent', () => one(current, hash(1)))).toThrow(BudgetSpent)
  })

  it('is forgotten when its namespace uses too many others after it', () => {
    const { revisionOf } = revisions()
    const all = specs.slice(0, limits.pinnedRevisions).map((_, i) => revisionOf(current, hash(i)))
    // Now the second one is the least recently used one.
    expect(revisionOf(current, hash(0))).toBe(all[0])
    revisionOf(current, hash(limits.pinnedRevisions))
    expect(revisionOf(current, hash(0))).toBe(all[0])
    expect(revisionOf(current, hash(2))).toBe(all[2])
    expect(revisionOf(current, hash(1))).not.toBe(all[1])
  })

  it('is not forgotten because of another namespace, until there are too many in all', () => {
    const { revisionOf } = revisions()
    const first = revisionOf(current, hash(0))
    const use = (count: number) => {
      for (let i = 0; i < count; i++) {
        const namespace = `n${Math.floor(i / limits.pinnedRevisions)}`
        revisionOf({ ...current, kind: 'SidecarProfile', namespace }, hash(i % limits.pinnedRevisions))
      }
    }
    use(limits.allPinnedRevisions - 1)
    expect(revisionOf(current, hash(0))).toBe(first)
    use(limits.allPinnedRevisions)
    expect(revisionOf(current, hash(0))).not.toBe(first)
  })
})

describe('the kept revisions of a profile', () => {
  it('are those whose spec is there, the newest first', () => {
    const all = kept.all().map((each, i) => ({ ...each, isWhole: i !== 1 }))
    const listed = revisions({ kept: { ...kept, all: () => all } }).revisionsOf(current)
    const last = specs.length - 1
    expect(listed.slice(0, 2)).toEqual([hash(last), hash(last - 2)])
    expect(listed).toHaveLength(last)
    expect(pinnedRevisions(() => undefined).revisionsOf(current)).toEqual([])
  })
})
