import { describe, expect, it } from 'vitest'
import { evaluated } from '../profile/profile.fixture.ts'
import { compiler, type Expression } from '../template/cel/cel.ts'
import { BudgetSpent, counting, metered, spend, spendOnce, withBudget, withoutBudget } from './budget.ts'

describe('a budget', () => {
  it('is spent by what runs within it, and by nothing after it', () => {
    expect(() => withBudget(10, 'too much', () => [spend(6), spend(5)])).toThrow(new BudgetSpent('too much'))
    withBudget(10, 'too much', () => spend(10))
    spend(1_000)
    expect(() => spend(0)).not.toThrow()
  })

  it('ends with the one around it', () => {
    const inner = () => withBudget(100, 'inner', () => spend(60))
    expect(() => withBudget(100, 'outer', () => [inner(), inner()])).toThrow('outer')
  })

  it('is charged what was too much for one within it, again and again', () => {
    const tooMuch = () => expect(() => withBudget(100, 'inner', () => spend(400))).toThrow('inner')
    expect(metered(tooMuch).units).toBe(400)
    withBudget(1_000, 'outer', () => {
      tooMuch()
      tooMuch()
      expect(() => spend(0)).not.toThrow()
      tooMuch()
      expect(() => spend(0)).toThrow('outer')
    })
  })

  it('stays spent', () => {
    withBudget(10, 'spent', () => {
      expect(() => spend(11)).toThrow('spent')
      expect(() => spend(0)).toThrow('spent')
      expect(() => withBudget(5, 'inner', () => spend(1))).toThrow('spent')
    })
  })

  it.each([
    { what: 'one of its own', inner: (action: () => void) => withBudget(5, 'inner', action) },
    {
      what: 'one of its own, through what runs within that',
      inner: (action: () => void) => withBudget(5, 'inner', () => withBudget(50, 'innermost', action)),
    },
  ])('pays for the step, too, that is beyond $what', ({ inner }) => {
    withBudget(60, 'outer', () => {
      expect(() => inner(() => [spend(3), spend(40)])).toThrow('inner')
      spend(17)
      expect(() => spend(1)).toThrow('outer')
    })
  })

  it('is not touched by what is made again', () => {
    withBudget(10, 'spent', () => {
      expect(withoutBudget(() => [spend(1_000), 'made'][1])).toBe('made')
      spend(10)
    })
  })

  it('is charged once for a thing that may be kept, and again by the next review', () => {
    const kept = {}
    const review = () =>
      metered(() => [spendOnce(kept, 7), withBudget(50, 'x', () => spendOnce(kept, 7))]).units
    expect([review(), review()]).toEqual([7, 7])
    expect(() => spendOnce(kept, 1e12)).not.toThrow()
  })

  it('is told what a thing cost that is kept, to be charged as much for it later', () => {
    const make = () =>
      metered(() => withBudget(90, 'inner', () => [spend(30), spendOnce(make, 4), 'value'][2]))
    expect(make()).toEqual({ value: 'value', units: 34 })
    withBudget(34, 'spent', () => make())
    expect(() => withBudget(33, 'spent', make)).toThrow('spent')
  })
})

describe('counting', () => {
  const counted = (action: () => void) => {
    let units = 0
    counting(action, spent => {
      units = spent
    })
    return units
  }

  it('tells what was spent, within a budget and outside of any', () => {
    expect(counted(() => spend(7))).toBe(7)
    expect(withBudget(10, 'spent', () => [counted(() => spend(7)), counted(() => spend(3))])).toEqual([7, 3])
  })

  it.each([
    { what: 'in small steps', steps: [30, 30, 30] },
    { what: 'at once, as for what is kept', steps: [90] },
  ])('tells what was left where more is spent $what', ({ steps }) => {
    const units: number[] = []
    const review = () =>
      withBudget(100, 'spent', () => {
        spend(60)
        counting(
          () => steps.forEach(spend),
          spent => units.push(spent),
        )
      })
    expect(review).toThrow('spent')
    expect(units).toEqual([40])
  })
})

describe('an expression in a review', () => {
  const compile = compiler({}, ['pod'])
  const made = compile('"abc".matches("b{1,50}") && pod.a == 1') as Expression
  const review = () =>
    metered(() => [0, 1, 2].map(() => evaluated(made, { pod: { a: 1 }, params: {} }))).units

  it('costs the same on each replica, whether its program is kept or has to be made again', () => {
    const first = review()
    // Programs of others push it out of what is kept.
    for (let i = 0; i < 1_200; i++) compile(`${i} + 1`)
    expect(review()).toBe(first)
  })

  it('is not evaluated when nothing is left', () => {
    const result = withBudget(10, 'the review has spent all', () =>
      made.evaluate({ params: {}, pod: {} } as never),
    )
    expect(result).toEqual({ error: 'the review has spent all' })
  })
})
