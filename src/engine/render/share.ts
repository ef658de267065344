import { BudgetSpent, counting, withBudget, withReviewBudget } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import type { Profile } from '../../profile/profile.ts'

/** The budget that each profile has spent in the current review. A review never waits, so there is only one at a time. */
let shares = new Map<Profile, number>()

/**
 * Runs a review within its budget. When the budget is spent, the review stops, and `whenSpent` gets the profile that spent
 * the most, with its number of units.
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

/**
 * Runs something for one profile, and counts its cost for this profile. All SidecarProfiles of a review together have a
 * smaller budget, because users of a namespace write them.
 */
export function onAccountOf<T>(profile: Profile, action: () => T): T {
  const counted = () => counting(action, units => shares.set(profile, (shares.get(profile) ?? 0) + units))
  if (profile.kind === 'ClusterSidecarProfile') return counted()
  return withBudget(Math.max(0, limits.sidecarProfileUnits - spentBySidecarProfiles()), tooMuch, counted)
}

function spentBySidecarProfiles(): number {
  let spent = 0
  for (const [{ kind }, units] of shares) if (kind === 'SidecarProfile') spent += units
  return spent
}

const tooMuch = `the SidecarProfiles of this Pod cost more than ${limits.sidecarProfileUnits} units together`

function greatest(all: ReadonlyMap<Profile, number>) {
  let most: { readonly profile: Profile; readonly units: number } | undefined
  for (const [profile, units] of all) if (units > (most?.units ?? 0)) most = { profile, units }
  return most
}
