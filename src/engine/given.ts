import type { Profile } from '../profile/profile.ts'
import type { Profiles } from '../profile/profiles.ts'
import type { Subject } from './decision.ts'
import type { Pod } from './pod.ts'
import { statusOf } from './status.ts'

/**
 * The revision of a profile that an earlier call of the same admission gave a Pod, where that is one that was in
 * use a moment ago: a profile may change between two calls, and the second one may reach another replica. A
 * revision that nobody here had counts for nothing, whoever claims it.
 */
export function asGiven(profile: Profile, pod: Pod, { earlier }: Profiles): Profile {
  const claimed = statusOf(pod)?.profiles[profile.name]?.revision
  if (claimed === undefined || claimed === profile.revision) return profile
  return earlier?.(profile, claimed) ?? profile
}

/** Whether a Pod's status claims a revision that is not known here: of a replica that is ahead, or of nobody. */
export function claimsUnknown(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profiles: Profiles,
): boolean {
  return Object.entries(statusOf(pod)?.profiles ?? {}).some(([name, { revision }]) => {
    const profile = profiles.find(name, namespace.name)
    return profile !== undefined && profile.revision !== revision && !profiles.earlier?.(profile, revision)
  })
}
