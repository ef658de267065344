import { limits } from './limits.ts'

/**
 * Work is counted in units of about 50 ns, not timed: each replica decides the same review alike, however busy it is.
 * All expressions and profiles within a budget spend from it. `spend` throws this before work that costs more than is
 * left.
 */
export class BudgetSpent extends Error {}

/** What an action may spend: at most what is left around it. So spending is one subtraction at any depth. */
interface Meter {
  /** The message when nothing is left: its own, or that of the budget around it, if that is spent first. */
  readonly spent: string
  readonly outer: Meter | undefined
  readonly start: number
  left: number
  /** What has been charged already, for `spendOnce`. */
  readonly charged: Set<object>
}

// Nothing that runs within a budget waits, so one variable for the process is enough.
let current: Meter | undefined

/** Runs an action that may spend this number of units, and no more than what is left of the budget around it. */
export function withBudget<T>(units: number, spent: string, action: () => T): T {
  return within(meterOf(units, spent), action)
}

/** Runs an action outside of any budget: for work that one replica repeats and another has cached. */
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
 * The result of an action and the units it spent, for a cache. Taking the result from the cache spends as much, so that
 * each replica decides alike whatever it has cached.
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
    // Including the last step, which was too much for this budget: it was work for the review as well.
    if (outer) outer.left -= meter.start - meter.left
  }
}

/** A review's budget, for all its profiles. */
export function withReviewBudget<T>(action: () => T): T {
  const spent = `the profiles of this Pod cost more than ${limits.reviewUnits} units together`
  return withBudget(limits.reviewUnits, spent, action)
}

/**
 * Runs an action and notes how many units it spent, also when it throws: at most what was left of the budgets around it.
 * How far the last step went beyond that depends on what is cached.
 */
export function counting<T>(action: () => T, note: (units: number) => void): T {
  const meter = meterOf(uncounted, '')
  try {
    return within(meter, action)
  } finally {
    note(Math.min(Math.max(0, meter.start), meter.start - meter.left))
  }
}

// More than any budget, and small enough for exact sixteenths of a unit: a cached result costs what making it cost.
const uncounted = 2 ** 40

/** Throws a `BudgetSpent` if the budget, or one around it, has less left. Free outside of any budget. */
export function spend(units: number): void {
  const meter = current
  if (!meter) return
  meter.left -= units
  if (meter.left < 0) throw new BudgetSpent(meter.spent)
}

/** Spends what making something costs, once in a review, whether or not it is cached. Free outside of any budget. */
export function spendOnce(made: object, units: number): void {
  const charged = current?.charged
  if (!charged || charged.has(made)) return
  charged.add(made)
  spend(units)
}
