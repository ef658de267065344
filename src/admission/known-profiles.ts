import type { ProfileDecision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'

/**
 * The profiles of a decision, each once as `name@revision`, for the log and the audit log. Profiles that do not exist are
 * left out, because their names are text that a user wrote.
 */
export function knownProfiles(profiles: readonly ProfileDecision[]): readonly string[] {
  const known = profiles.flatMap(({ name, revision }) => (revision ? `${name}@${revision}` : []))
  return [...new Set(known)].slice(0, limits.requestedProfiles)
}
