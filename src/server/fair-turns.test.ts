import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits/limits.ts'
import { createFairTurns } from './fair-turns.ts'

const { debtMs, debtDecayMs, mostDebtMs, longReviewMs, othersMs, deferredMs } = limits
const long = longReviewMs * 10
const short = longReviewMs / 10

describe('the turns of namespaces', () => {
  it('work of a namespace with little debt runs at once, of one with much in a later turn', () => {
    const lab = fairLab()
    lab.take('a', debtMs - 1)
    lab.take('a', 2)
    expect(lab.done).toEqual(['a', 'a'])
    lab.take('a', short)
    expect(lab.done).toEqual(['a', 'a'])
    expect(lab.deferred()).toBe(1)
    lab.take('b', short)
    expect(lab.done).toEqual(['a', 'a', 'b'])
    expect(lab.turn()).toEqual(['a'])
    expect(lab.isScheduled()).toBe(false)
  })

  it.each([
    { passedMs: 0, waits: true },
    { passedMs: 999, waits: true },
    { passedMs: 1_001, waits: false },
  ])('a debt decays: after $passedMs ms more work waits: $waits', ({ passedMs, waits }) => {
    const lab = fairLab()
    lab.take('a', debtMs + debtDecayMs)
    lab.pass(passedMs)
    lab.take('a', 1)
    expect(lab.done).toHaveLength(waits ? 1 : 2)
  })

  it('a debt has a bound: its namespace is soon as good as any other, whatever it did', () => {
    const lab = fairLab()
    for (let i = 0; i < 3; i++) lab.take('a', mostDebtMs * 5)
    lab.runAll()
    lab.pass(((mostDebtMs - debtMs) / debtDecayMs) * 1_000 + 1)
    lab.take('a', 1)
    expect(lab.done).toHaveLength(4)
  })

  it('one piece of work runs in a turn, and the namespaces that wait alternate', () => {
    const lab = fairLab()
    for (const namespace of ['a', 'b', 'c']) lab.take(namespace, debtMs * 2)
    for (const namespace of ['a', 'a', 'a', 'b', 'c', 'c']) lab.take(namespace, short)
    expect([1, 2, 3, 4, 5, 6].map(() => lab.turn().join())).toEqual(['a', 'b', 'c', 'a', 'c', 'a'])
    expect(lab.isScheduled()).toBe(false)
  })

  it.each([
    { others: 'never asked', before: [] },
    { others: 'asked some time ago', before: ['b'] },
  ])('long work runs back to back when others $others', ({ before }) => {
    const lab = fairLab()
    for (const namespace of before) lab.take(namespace, 1)
    lab.pass(othersMs)
    for (let i = 0; i < 6; i++) lab.take('a', debtMs * 2)
    const turns = [1, 2, 3, 4, 5].map(() => lab.turn().length)
    expect([turns, lab.rests]).toEqual([[1, 1, 1, 1, 1], []])
  })

  it.each([
    { work: 'long', costMs: long, rests: [long * (1_000 / debtDecayMs - 1)] },
    { work: 'short', costMs: short, rests: [] },
  ])('while others ask, a namespace rests after $work work: $rests', ({ costMs, rests }) => {
    const lab = fairLab()
    lab.take('a', debtMs * 2)
    for (let i = 0; i < 2; i++) lab.take('a', costMs)
    lab.take('b', 1)
    expect([lab.turn(), lab.rests.map(({ ms }) => ms)]).toEqual([['a'], rests])
  })

  it('the others that wait need not rest with it, and the end of a rest begins a turn', () => {
    const lab = fairLab()
    for (const namespace of ['a', 'b']) lab.take(namespace, debtMs * 2)
    for (let i = 0; i < 3; i++) lab.take('a', long)
    for (let i = 0; i < 3; i++) lab.take('b', short)
    lab.take('c', 1)
    expect([1, 2, 3, 4].map(() => lab.turn().join())).toEqual(['a', 'b', 'b', 'b'])
    // All that waits rests.
    expect(lab.turn()).toEqual([])
    expect(lab.isScheduled()).toBe(false)
    lab.rests.shift()?.end()
    expect(lab.turn()).toEqual(['a'])
  })

  it('work that is forgotten does not run, and takes no turn', () => {
    const lab = fairLab()
    lab.take('a', debtMs * 2)
    const forgets = [1, 2, 3].map(() => lab.take('a', short))
    expect(forgets.map(forget => forget?.())).toEqual([true, true, true])
    expect(forgets.map(forget => forget?.())).toEqual([false, false, false])
    expect(lab.turn()).toEqual([])
    const [first] = [lab.take('a', short), lab.take('a', short)]
    expect(first?.()).toBe(true)
    expect(lab.turn()).toEqual(['a'])
  })

  it('work that waited for too long is told so, in the turn of the next', () => {
    const lab = fairLab()
    lab.take('a', debtMs * 2)
    lab.take('a', short)
    lab.take('a', short)
    lab.pass(deferredMs + 1)
    // Its debt is gone, but others are before it.
    lab.take('a', short)
    expect(lab.turn()).toEqual(['late a', 'late a', 'a'])
    expect(lab.isScheduled()).toBe(false)
  })

  it('work of no namespace runs at once', () => {
    const lab = fairLab()
    for (let i = 0; i < 3; i++) lab.take(undefined, debtMs * 2)
    expect(lab.done).toHaveLength(3)
  })

  it('names that no namespace can have share one debt', () => {
    const lab = fairLab()
    lab.take('x'.repeat(limits.nameLength + 1), debtMs * 2)
    lab.take('y'.repeat(limits.nameLength + 2), 1)
    lab.take('z'.repeat(limits.nameLength), 1)
    expect(lab.done).toHaveLength(2)
    expect(lab.deferred()).toBe(1)
  })

  it('a debt outlives any number of other names, of which none owes much', () => {
    const lab = fairLab()
    lab.take('a', mostDebtMs)
    for (let i = 0; i < limits.debtors * 10; i++) lab.take(`n${i}`, 0.01)
    lab.take('a', 1)
    expect(lab.deferred()).toBe(1)
    expect(lab.size()).toBeLessThanOrEqual(limits.debtors)
  })

  it('law: debts are bounded, all work runs once, and that of a namespace in its order', () => {
    const step = fc.record({
      namespace: fc.nat({ max: 400 }).map(i => `n${i % (i > 200 ? 400 : 3)}`),
      costMs: fc.constantFrom(0, 0.1, 5, 60, 300),
      turns: fc.nat({ max: 2 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), steps => {
        const lab = fairLab()
        const order = new Map<string, number[]>()
        for (const [i, { namespace, costMs, turns }] of steps.entries()) {
          lab.take(namespace, costMs, () => order.set(namespace, [...(order.get(namespace) ?? []), i]))
          for (let t = 0; t < turns; t++) expect(lab.turn().length).toBeLessThanOrEqual(1)
          expect(lab.size()).toBeLessThanOrEqual(limits.debtors)
        }
        lab.runAll()
        expect(lab.done.filter(what => !what.startsWith('late'))).toHaveLength(
          [...order.values()].flat().length,
        )
        expect(lab.done).toHaveLength(steps.length)
        for (const own of order.values()) expect(own).toEqual(own.toSorted((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })
})

/** A clock that moves when work runs, and turns of the event loop that are counted. */
function fairLab() {
  const done: string[] = []
  const rests: { readonly ms: number; readonly end: () => void }[] = []
  let clock = 1_000
  let next: (() => void) | undefined
  let deferred = 0
  const turns = createFairTurns({
    now: () => clock,
    nextTurn(turn) {
      expect(next).toBeUndefined()
      next = turn
    },
    later: (end, ms) => void rests.push({ ms, end }),
    deferred: () => deferred++,
  })
  const lab = {
    done,
    rests,
    deferred: () => deferred,
    size: () => turns.debtors(),
    isScheduled: () => next !== undefined,
    pass(ms: number) {
      clock += ms
    },
    take: (namespace: string | undefined, costMs: number, ran = () => {}) =>
      turns.take(namespace, {
        run() {
          ran()
          done.push(`${namespace}`)
          clock += costMs
        },
        late: () => done.push(`late ${namespace}`),
      }),
    /** What ran in the next turn. */
    turn(): readonly string[] {
      const before = done.length
      const turn = next
      next = undefined
      turn?.()
      return done.slice(before)
    },
    runAll() {
      while (next || rests.length > 0) {
        if (next) lab.turn()
        else rests.shift()?.end()
      }
    },
  }
  return lab
}
