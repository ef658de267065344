import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Subject } from '../decision.ts'
import { isCarried, piecesOf } from './carried.ts'
import { claimOf, type Status, statusOf } from './status.ts'

/**
 * The revision of a profile that an earlier call of the same admission gave a Pod, where that is one that was in
 * use a moment ago: a profile may change between two calls, and the second one may reach another replica. A
 * revision that nobody here had counts for nothing, whoever claims it.
 */
export function asGiven(profile: Profile, status: Status | undefined, { earlier }: Profiles): Profile {
  const claimed = claimOf(profile.name, status)?.revision
  if (claimed === undefined || claimed === profile.revision) return profile
  return earlier?.(profile, claimed) ?? profile
}

/**
 * Whether a Pod's status claims a revision that is not known here, of a replica that is ahead or of nobody, and the
 * Pod has at least by name what it claims of it.
 */
export function claimsUnknown(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profiles: Profiles,
): boolean {
  return Object.entries(statusOf(pod)?.profiles ?? {}).some(([name, claimed]) => {
    const { revision } = claimed
    const profile = profiles.find(name, namespace.name)
    if (!profile || profile.revision === revision || profiles.earlier?.(profile, revision)) return false
    return piecesOf(claimed).size > 0 && isCarried(claimed, pod)
  })
}
