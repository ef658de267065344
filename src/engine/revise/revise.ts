import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Subject } from '../decision.ts'
import { claimOf, isStillInjected, piecesOf, type Status, statusOf } from '../status/status.ts'

/** The revision of a profile that counts for a Pod. */
export interface Revised {
  readonly profile: Profile
  /** What the profile is now, where that is another revision: its parameters and requirements must be met, too. */
  readonly now?: Profile
}

/**
 * The status that a Pod has, and which revisions of the selected profiles count for it: those that are in use, and before them those that an earlier
 * call of the same admission gave it, where that is other ones that were in use a moment ago. A profile may change
 * between two calls, and the second one may reach another replica. A revision that this replica never had does not
 * count, whatever the status claims.
 */
export function revise(
  selected: readonly Profile[],
  { pod }: Pick<Subject, 'pod'>,
  { earlier }: Profiles,
): {
  readonly status: Status | undefined
  readonly current: readonly Revised[]
  readonly earlier?: readonly Revised[]
} {
  const status = statusOf(pod)
  const current = selected.map(profile => ({ profile }))
  const before = selected.map((now): Revised => {
    const claimed = claimOf(now.name, status)?.revision
    const profile = claimed === undefined || claimed === now.revision ? undefined : earlier?.(now, claimed)
    return profile ? { profile, now } : { profile: now }
  })
  return { status, current, ...(before.some(({ now }) => now) && { earlier: before }) }
}

/**
 * Whether a Pod's status claims a revision that is not known here, of a replica that is ahead or of nobody, and the
 * Pod has at least by name what it claims of it.
 */
export function hasUnknownRevision(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profiles: Profiles,
): boolean {
  return Object.entries(statusOf(pod)?.profiles ?? {}).some(([name, claimed]) => {
    const { revision } = claimed
    const profile = profiles.find(name, namespace.name)
    if (!profile || profile.revision === revision || profiles.earlier?.(profile, revision)) return false
    return !piecesOf(claimed).next().done && isStillInjected(claimed, pod)
  })
}
