import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { revision } from '../revision.ts'
import { keeping } from './kept.fixture.ts'
import { surplusRevisions } from './surplus.ts'

const specs = Array.from({ length: 130 }, (_, i) => ({ containers: [{ name: 'a', image: `a:${i}` }] }))
const hash = (i: number) => revision(specs[i]!)
const indexes = (revisions: readonly { readonly revision: string }[]) =>
  revisions.map(each => specs.findIndex((_, i) => hash(i) === each.revision))

/** What goes of this many revisions. The newest has the highest index. */
function surplus(
  count: number,
  limit: number | undefined,
  used: readonly number[] | undefined,
  named: JsonObject = {},
) {
  const object = { spec: limit === undefined ? {} : { revisionHistoryLimit: limit }, status: named }
  const known = { current: hash(count - 1), used: used && new Set(used.map(hash)) }
  const { unused, tooMany } = surplusRevisions(object, keeping('p', ...specs.slice(0, count)), known)
  return { unused: indexes(unused), tooMany: indexes(tooMany) }
}

describe('the history of a profile', () => {
  it('does not need the oldest of those that no Pod uses, by default ten of them', () => {
    expect(surplus(13, undefined, []).unused).toEqual([1, 0])
    expect(surplus(5, 2, []).unused).toEqual([1, 0])
    expect(surplus(5, 0, []).unused).toEqual([3, 2, 1, 0])
    expect(surplus(13, -1, []).unused).toEqual([1, 0])
    const kept = keeping('p', ...specs.slice(0, 5))
    const known = { current: hash(4), used: new Set<string>() }
    expect(surplusRevisions({ spec: { revisionHistoryLimit: '2' } }, kept, known).unused).toEqual([])
  })

  it('counts only those that no Pod uses', () => {
    expect(surplus(6, 1, [0, 2]).unused).toEqual([3, 1])
  })

  it('keeps what the status names', () => {
    const named = {
      lastAccepted: { revision: hash(3), name: 'x' },
      rollout: { phase: 'Degraded', stable: hash(0), canary: hash(2) },
    }
    expect(surplus(6, 0, [], named).unused).toEqual([4, 1])
  })

  it('keeps all, up to a limit, when nobody knows what Pods use', () => {
    expect(surplus(100, 0, undefined)).toEqual({ unused: [], tooMany: [] })
    expect(surplus(limits.keptRevisions + 3, 0, undefined).tooMany).toEqual([1, 0])
    const all = Array.from({ length: limits.keptRevisions + 2 }, (_, i) => i)
    expect(surplus(all.length, 0, all).tooMany).toEqual([0])
  })

  it('never loses what Pods use or the status names, and never has more than it may', () => {
    const some = fc.uniqueArray(fc.nat(19), { maxLength: 20 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(10),
        some,
        some,
        (count, limit, used, [stable = 0]) => {
          const { unused } = surplus(count, limit, used, {
            rollout: { phase: 'Paused', stable: hash(stable) },
          })
          const gone = new Set(unused)
          for (const i of [...used, stable, count - 1]) expect(gone.has(i)).toBe(false)
          const left = Array.from({ length: count }, (_, i) => i).filter(i => !gone.has(i))
          const unusedLeft = left.filter(i => !used.includes(i) && i !== stable && i !== count - 1)
          expect(unusedLeft.length).toBeLessThanOrEqual(limit)
          expect(Math.max(-1, ...gone)).toBeLessThan(Math.min(count, ...unusedLeft))
        },
      ),
    )
  })
})
