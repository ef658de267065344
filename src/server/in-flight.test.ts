import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundInFlight } from './in-flight.ts'

describe('boundInFlight', () => {
  it('cuts the request that holds the most, and of several the oldest', () => {
    const cuts: string[] = []
    const inFlight = boundInFlight(100)
    const [first, second, third] = ['first', 'second', 'third'].map(name =>
      inFlight.hold('peer', () => cuts.push(name)),
    )
    second?.add(40)
    first?.add(40)
    expect(third?.add(30)).toBe(true)
    expect(cuts).toEqual(['second'])
    expect(second?.add(1)).toBe(false)
    expect(first?.add(5)).toBe(true)
    expect(third?.add(26)).toBe(false)
    expect(cuts).toEqual(['second', 'third'])
    expect(inFlight.bytes()).toBe(45)
  })

  it('cuts none of an address while another one holds more', () => {
    const cuts: string[] = []
    const inFlight = boundInFlight(100)
    const review = inFlight.hold('API server', () => cuts.push('review'))
    expect(review.claim(45)).toBe(true)
    for (let i = 0; i < 20; i++) inFlight.hold('stranger', () => cuts.push(`upload ${i}`)).add(10)
    expect(cuts).toHaveLength(15)
    expect(review.add(45)).toBe(true)
    expect(review.add(3)).toBe(true)
    expect(cuts).not.toContain('review')
  })

  it('holds what is announced before it arrives, and counts only what is beyond it', () => {
    const inFlight = boundInFlight(100)
    const held = inFlight.hold('peer', () => expect.unreachable())
    held.claim(60)
    expect(inFlight.bytes()).toBe(60)
    held.add(50)
    expect(inFlight.bytes()).toBe(60)
    held.add(20)
    expect(inFlight.bytes()).toBe(70)
    expect(inFlight.hold('peer', () => {}).claim(80)).toBe(false)
  })

  it('cuts none that holds nothing', () => {
    const cuts: string[] = []
    const inFlight = boundInFlight(10)
    inFlight.hold('peer', () => cuts.push('waits for its body'))
    const [one, other] = ['one', 'other'].map(name => inFlight.hold('peer', () => cuts.push(name)))
    one?.add(8)
    other?.add(8)
    expect(cuts).toEqual(['one'])
  })

  it('lets one request hold more when it is alone', () => {
    const inFlight = boundInFlight(10)
    const alone = inFlight.hold('peer', () => expect.unreachable())
    expect(alone.add(50)).toBe(true)
    alone.release()
    expect(inFlight.bytes()).toBe(0)
  })

  it('counts what is held, whatever comes in whatever order, and never more than the bound of several', () => {
    const steps = fc.array(fc.tuple(fc.nat(9), fc.oneof(fc.constant('release'), fc.nat(60))), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(steps, all => {
        const inFlight = boundInFlight(100)
        const held = new Map<number, number>()
        const requests = Array.from({ length: 10 }, (_, i) => inFlight.hold(`${i % 3}`, () => held.delete(i)))
        const over = new Set<number>()
        for (const [i, step] of all) {
          if (step === 'release') {
            requests[i]?.release()
            held.delete(i)
            over.add(i)
          } else {
            if (!over.has(i)) held.set(i, (held.get(i) ?? 0) + Number(step))
            if (requests[i]?.add(Number(step)) === false) over.add(i)
          }
          for (const each of over) held.delete(each)
          const sum = [...held.values()].reduce((a, b) => a + b, 0)
          expect(inFlight.bytes()).toBe(sum)
          expect(sum <= 100 || [...held.values()].filter(Boolean).length === 1).toBe(true)
          for (let k = 0; k < 10; k++) if (!held.has(k) && requests[k]?.add(0) === false) over.add(k)
        }
      }),
    )
  })
})
