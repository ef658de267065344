import { limits } from './limits.ts'

/**
 * Work is counted in units of about 50 ns, not timed: the same review is decided alike on each replica, however
 * busy it is. A budget is spent by whatever runs within it, across all expressions and profiles; what costs more
 * says so by a throw before it is done.
 */
export class BudgetSpent extends Error {}

interface Meter {
  /** The sentence for when nothing is left. */
  readonly spent: string
  readonly outer: Meter | undefined
  left: number
}

// Nothing here waits, so that what runs now runs within this one.
let current: Meter | undefined

/** Runs an action that may spend so many units, and no more than what is left of the budget it runs in. */
export function withBudget<T>(units: number, spent: string, action: () => T): T {
  const outer = current
  current = { spent, outer, left: units }
  try {
    return action()
  } finally {
    current = outer
  }
}

/** A review's budget, for all its profiles. */
export function withReviewBudget<T>(action: () => T): T {
  return withBudget(limits.reviewUnits, spentReview, action)
}

const spentReview = `the profiles of this Pod cost more than ${limits.reviewUnits} units together`

/** Runs an action and says how many units it spent, also when it throws. They are spent of the budgets around it. */
export function counting<T>(action: () => T, note: (units: number) => void): T {
  const outer = current
  const meter: Meter = { spent: '', outer, left: uncounted }
  current = meter
  try {
    return action()
  } finally {
    current = outer
    note(uncounted - meter.left)
  }
}

// More than any budget; small enough for fractions of a unit.
const uncounted = 2 ** 40

/** Throws a `BudgetSpent` when less is left of the budget, or of one around it. Free outside of any. */
export function spend(units: number): void {
  for (let meter = current; meter; meter = meter.outer) {
    meter.left -= units
    if (meter.left < 0) throw new BudgetSpent(meter.spent)
  }
}

/** Whether nothing is left: what comes next would only cost time to say so. */
export function isSpent(): boolean {
  for (let meter = current; meter; meter = meter.outer) if (meter.left < 0) return true
  return false
}
