import type { ProfileDecision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'

/**
 * The profiles of a decision, each once as `name@revision`, for the log and the audit log. Profiles that do not exist are
 * left out, because their names are text that a user wrote.
 */
export function knownProfiles(profiles: readonly ProfileDecision[]): readonly string[] {
  const known = new Set<string>()
  for (const { name, revision } of profiles) {
    if (known.size >= limits.requestedProfiles) break
    if (revision !== undefined) known.add(`${name}@${revision}`)
  }
  return [...known]
}
