import { BudgetSpent, counting, withReviewBudget } from '../../limits/budget.ts'
import type { Profile } from '../../profile/profile.ts'

/** What each profile has spent of the review under way. A review waits for nothing, so that there is one. */
let shares = new Map<Profile, number>()

/**
 * Runs a review within its budget. When that is spent nothing further is done: `whenSpent` hears which profile
 * has spent most, and how many units.
 */
export function withinReview<T>(
  action: () => T,
  whenSpent: (message: string, most: { readonly profile: Profile; readonly units: number } | undefined) => T,
): T {
  const outer = shares
  shares = new Map()
  try {
    return withReviewBudget(action)
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    return whenSpent(error.message, greatest(shares))
  } finally {
    shares = outer
  }
}

/** Runs something for one profile, whose share of the review's budget it is. */
export function onAccountOf<T>(profile: Profile, action: () => T): T {
  return counting(action, units => shares.set(profile, (shares.get(profile) ?? 0) + units))
}

function greatest(all: ReadonlyMap<Profile, number>) {
  let most: { readonly profile: Profile; readonly units: number } | undefined
  for (const [profile, units] of all) if (units > (most?.units ?? 0)) most = { profile, units }
  return most
}
