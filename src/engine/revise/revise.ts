import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Subject } from '../decision.ts'
import { claimOf, isStillInjected, piecesOf, type Status, statusOf } from '../status/status.ts'

/** The revision of a profile that counts for a Pod. */
export interface Revised {
  readonly profile: Profile
  /** The current revision, if it is another one. The Pod must fit its parameters and requirements, too. */
  readonly now?: Profile
}

/**
 * The status of a Pod, and the revisions of the selected profiles that count for it. These are the revisions in use
 * (`current`), and, if an earlier call of the same admission used others, the revisions that were in use a moment ago
 * (`earlier`): a profile may change between two calls, and the second call may reach another replica. A revision that this
 * replica never had does not count, even if the status claims it.
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
 * Whether the status of a Pod claims a revision that this replica does not know, and the Pod has, by name, everything that
 * the status claims for it. The revision may be from a replica that got an update first, or may be made up.
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
