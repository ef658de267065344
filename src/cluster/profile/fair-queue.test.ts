import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fairQueue } from './fair-queue.ts'

describe('the fair queue', () => {
  const taken = (queue: ReturnType<typeof fairQueue>, now = 0) => {
    const keys: string[] = []
    for (let next = queue.next(now); next; next = queue.next(now)) keys.push(next.key)
    return keys
  }

  it('lets groups take turns, so that one key of a group waits for one key of each other group at most', () => {
    const queue = fairQueue()
    for (let i = 0; i < 100; i++) queue.add('loud', `loud-${i}`)
    queue.add('quiet', 'quiet-0')
    queue.add('calm', 'calm-0')
    expect(taken(queue).slice(0, 4)).toEqual(['loud-0', 'quiet-0', 'calm-0', 'loud-1'])
  })

  it('gives a key once, however often it was added', () => {
    const queue = fairQueue()
    for (let i = 0; i < 1_000; i++) queue.add('shop', 'a')
    expect(taken(queue)).toEqual(['a'])
    expect(queue.isEmpty()).toBe(true)
  })

  it('passes over a group that rests, and says how long there is nothing to do', () => {
    const queue = fairQueue()
    queue.add('loud', 'a')
    queue.add('quiet', 'b')
    queue.rest('loud', 50)
    expect(taken(queue, 10)).toEqual(['b'])
    expect(queue.waitMs(10)).toBe(40)
    expect(queue.isEmpty()).toBe(false)
    expect(taken(queue, 50)).toEqual(['a'])
    expect(queue.waitMs(50)).toBe(Number.POSITIVE_INFINITY)
  })

  it('loses no key and makes up none', () => {
    const entry = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9))
    fc.assert(
      fc.property(fc.array(entry), fc.array(fc.nat(5)), (added, rests) => {
        const queue = fairQueue()
        for (const [group, key] of added) queue.add(group, `${group}/${key}`)
        const seen: string[] = []
        for (let now = 0; !queue.isEmpty(); now += Math.max(queue.waitMs(now), 1)) {
          const next = queue.next(now)
          if (!next) continue
          seen.push(next.key)
          queue.rest(next.group, now + (rests[seen.length % (rests.length || 1)] ?? 0))
        }
        expect(seen.sort()).toEqual([...new Set(added.map(([group, key]) => `${group}/${key}`))].sort())
      }),
    )
  })
})
