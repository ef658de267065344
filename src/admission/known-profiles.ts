import type { ProfileDecision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'

/**
 * The profiles of a decision, each once as `name@revision`, for the log and the audit log; a revision that is not the stable
 * one has its reason behind it. Profiles that do not exist are left out, because their names are text that a user wrote.
 */
export function knownProfiles(profiles: readonly ProfileDecision[]): readonly string[] {
  const known = profiles.flatMap(({ name, revision, revisionBecause = 'stable' }) => {
    const because = revisionBecause === 'stable' ? '' : ` (${revisionBecause})`
    return revision ? `${name}@${revision}${because}` : []
  })
  return [...new Set(known)].slice(0, limits.requestedProfiles)
}
