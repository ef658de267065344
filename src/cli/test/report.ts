import type { CaseResult } from './case-result.ts'
import type { Coverage } from './coverage.ts'

/** What `pillion test` reports. */
export interface Report {
  readonly results: readonly CaseResult[]
  readonly coverage: readonly Coverage[]
  /** Whether a gap in the coverage is a failure. */
  readonly requiresCoverage: boolean
}
