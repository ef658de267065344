import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../../profile/profile.ts'

/** Something about a profile in a file. */
export interface Finding extends Problem {
  readonly severity: Severity
}

/** An error makes a profile not valid; a warning depends on where it is applied; advice is about a valid profile. */
export type Severity = 'error' | 'warning' | 'advice'

/** All that was found. */
export interface Validation {
  readonly files: ReadonlyMap<Profile, string>
  readonly findings: readonly Finding[]
  /** What could not be checked, and why. */
  readonly notes: readonly string[]
}

export function findingsOf(severity: Severity, problems: readonly Problem[]): readonly Finding[] {
  return problems.map(problem => ({ severity, ...problem }))
}
