import type { ProfileDecision } from '../engine/decision.ts'
import { limits } from '../limits/limits.ts'

/**
 * The profiles that a decision is about, each once as `name@revision`, for the log and the audit log. Without those
 * that do not exist, whose names are somebody's words.
 */
export function knownProfiles(profiles: readonly ProfileDecision[]): readonly string[] {
  const known = new Set<string>()
  for (const { name, revision } of profiles) {
    if (known.size >= limits.requestedProfiles) break
    if (revision !== undefined) known.add(`${name}@${revision}`)
  }
  return [...known]
}
