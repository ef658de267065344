import { describe, expect, it } from 'vitest'
import { boundWaits } from './waits.ts'

describe('waits of reviews', () => {
  const few = () => boundWaits(4, 100)
  const longestMs = 60_000

  it('last as long as they may, or until they end', () => {
    const wait = few().start('shop', 1, longestMs)
    expect(wait.leftMs()).toBeGreaterThan(0)
    wait.end()
    expect(wait.leftMs()).toBe(0)
    expect(few().start('shop', 1, 0).leftMs()).toBe(0)
  })

  it('are over for the oldest of the namespace that has the most, when there are too many', async () => {
    const waits = few()
    const start = (namespace: string) => waits.start(namespace, 1, longestMs)
    const [first, second, third] = [start('hostile'), start('hostile'), start('hostile')] as const
    const others = [start('shop'), start('shop')]
    await first.over
    expect(first.leftMs()).toBe(0)
    for (const wait of [second, third, ...others]) expect(wait.leftMs()).toBeGreaterThan(0)
    second.end()
    start('new')
    for (const wait of [third, ...others]) expect(wait.leftMs()).toBeGreaterThan(0)
  })

  it('are over for the largest of the namespace that holds the most, when they hold too much', async () => {
    const waits = few()
    const small = waits.start('hostile', 20, longestMs)
    const large = waits.start('hostile', 40, longestMs)
    const other = waits.start('shop', 41, longestMs)
    await large.over
    for (const wait of [small, other]) expect(wait.leftMs()).toBeGreaterThan(0)
    expect(waits.start('huge', 101, longestMs).leftMs()).toBe(0)
    for (const wait of [small, other]) expect(wait.leftMs()).toBeGreaterThan(0)
  })
})
