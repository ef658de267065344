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
  /** What was charged once already, for a meter that is a scope of its own. */
  readonly charged: Set<object> | undefined
}

// Nothing here waits, so that what runs now runs within this one.
let current: Meter | undefined

/** Runs an action that may spend this number of units, and no more than what is left of the budget around it. */
export function withBudget<T>(units: number, spent: string, action: () => T): T {
  return within({ spent, outer: current, left: units, charged: current ? undefined : new Set() }, action)
}

/** Runs an action that costs nothing of any budget: whether it has to be done again is different on each replica. */
export function withoutBudget<T>(action: () => T): T {
  return within(undefined, action)
}

/**
 * What an action gave and spent, for a cache: to take it from there spends as much, so that each replica
 * decides alike whatever it keeps.
 */
export function metered<T>(action: () => T): { readonly value: T; readonly units: number } {
  const meter = { spent: '', outer: current, left: uncounted, charged: new Set<object>() }
  const value = within(meter, action)
  return { value, units: uncounted - meter.left }
}

function within<T>(meter: Meter | undefined, action: () => T): T {
  const outer = current
  current = meter
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

/**
 * Runs an action and says how many units it spent, also when it throws: no more than were left of the budgets around it,
 * of which they are spent. How far beyond that the last step went depends on what is kept.
 */
export function counting<T>(action: () => T, note: (units: number) => void): T {
  const charged = current ? undefined : new Set<object>()
  const meter: Meter = { spent: '', outer: current, left: uncounted, charged }
  const most = leftAround()
  try {
    return within(meter, action)
  } finally {
    note(Math.min(most, uncounted - meter.left))
  }
}

function leftAround(): number {
  let least = uncounted
  for (let meter = current; meter; meter = meter.outer) least = Math.min(least, meter.left)
  return Math.max(0, least)
}

// More than any budget, and so small that sixteenths of a unit are exact: what was kept costs what making it cost.
const uncounted = 2 ** 40

/** Throws a `BudgetSpent` when less is left of the budget, or of one around it. Free outside of any. */
export function spend(units: number): void {
  for (let meter = current; meter; meter = meter.outer) {
    meter.left -= units
    if (meter.left < 0) throw new BudgetSpent(meter.spent)
  }
}

/** Spends what it costs to make something again that may be kept, once in a review. Free outside of any budget. */
export function spendOnce(made: object, units: number): void {
  let scope = current
  while (scope && !scope.charged) scope = scope.outer
  if (!scope?.charged || scope.charged.has(made)) return
  scope.charged.add(made)
  spend(units)
}
