import type { Problem } from '../../problems/problem.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { inCycles } from '../../profile/order/profile-cycles.ts'
import type { Profile } from '../../profile/profile.ts'

export type About = readonly [profile: Profile, problem: Problem]

/** Problems between profiles: a name that is taken, an order that is a cycle. */
export function conflictsOf(profiles: readonly Profile[]): readonly About[] {
  const collected = collect(profiles)
  return [
    ...collected.refused.map(({ profile, problem }): About => [profile, problem]),
    ...inCycles(collected.profiles.all),
  ]
}
