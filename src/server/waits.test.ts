import { describe, expect, it } from 'vitest'
import { boundWaits } from './waits.ts'

describe('waits of reviews', () => {
  it('last as long as they may, or until they end', () => {
    const wait = boundWaits(2).start('shop', 60_000)
    expect(wait.leftMs()).toBeGreaterThan(0)
    wait.end()
    expect(wait.leftMs()).toBe(0)
    expect(boundWaits(2).start('shop', 0).leftMs()).toBe(0)
  })

  it('are over for the oldest of the namespace that has the most, when there are too many', async () => {
    const waits = boundWaits(4)
    const longest = (namespace: string) => waits.start(namespace, 60_000)
    const [first, second, third] = [longest('hostile'), longest('hostile'), longest('hostile')] as const
    const others = [longest('shop'), longest('shop')]
    await first.over
    expect(first.leftMs()).toBe(0)
    for (const wait of [second, third, ...others]) expect(wait.leftMs()).toBeGreaterThan(0)
    second.end()
    longest('new')
    for (const wait of [third, ...others]) expect(wait.leftMs()).toBeGreaterThan(0)
  })
})
