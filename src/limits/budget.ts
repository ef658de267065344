import { limits } from './limits.ts'

/**
 * Work is counted in units of about 50 ns, not timed: the same review is decided alike on each replica, however
 * busy it is. A budget is spent by whatever runs within it, across all expressions and profiles; what costs more
 * says so by a throw before it is done.
 */
export class BudgetSpent extends Error {}

/** What an action may spend: no more than is left around it, so that to spend takes one subtraction however deep it is. */
interface Meter {
  /** The sentence for when nothing is left: its own, or of the budget around it that is spent first. */
  readonly spent: string
  readonly outer: Meter | undefined
  readonly start: number
  left: number
  /** What was charged once already. */
  readonly charged: Set<object>
}

// Nothing here waits, so that what runs now runs within this one.
let current: Meter | undefined

/** Runs an action that may spend this number of units, and no more than what is left of the budget around it. */
export function withBudget<T>(units: number, spent: string, action: () => T): T {
  return within(meterOf(units, spent), action)
}

/** Runs an action that costs nothing of any budget: whether it has to be done again is different on each replica. */
export function withoutBudget<T>(action: () => T): T {
  const outer = current
  current = undefined
  try {
    return action()
  } finally {
    current = outer
  }
}

/**
 * What an action gave and spent, for a cache: to take it from there spends as much, so that each replica
 * decides alike whatever it keeps.
 */
export function metered<T>(action: () => T): { readonly value: T; readonly units: number } {
  const meter = meterOf(uncounted, '', new Set())
  const value = within(meter, action)
  return { value, units: meter.start - meter.left }
}

function meterOf(units: number, spent: string, charged = current?.charged ?? new Set<object>()): Meter {
  const outer = current
  const isOwn = !outer || units <= outer.left
  const start = isOwn ? units : outer.left
  return { spent: isOwn ? spent : outer.spent, outer, start, left: start, charged }
}

function within<T>(meter: Meter, action: () => T): T {
  const { outer } = meter
  current = meter
  try {
    return action()
  } finally {
    current = outer
    // Also the step that was too much: what one expression may not spend was work for its review, too.
    if (outer) outer.left -= meter.start - meter.left
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
  const meter = meterOf(uncounted, '')
  try {
    return within(meter, action)
  } finally {
    note(Math.min(Math.max(0, meter.start), meter.start - meter.left))
  }
}

// More than any budget, and so small that sixteenths of a unit are exact: what was kept costs what making it cost.
const uncounted = 2 ** 40

/** Throws a `BudgetSpent` when less is left of the budget, or of one around it. Free outside of any. */
export function spend(units: number): void {
  const meter = current
  if (!meter) return
  meter.left -= units
  if (meter.left < 0) throw new BudgetSpent(meter.spent)
}

/** Spends what it costs to make something again that may be kept, once in a review. Free outside of any budget. */
export function spendOnce(made: object, units: number): void {
  const charged = current?.charged
  if (!charged || charged.has(made)) return
  charged.add(made)
  spend(units)
}
