import type { Outcome } from '../../manifest/test-case/case.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'

/** What became of one test case with one version of Kubernetes. */
export interface CaseResult {
  readonly folder: string
  readonly kubernetesVersion: string
  readonly status: Status
  /** The file that says what is expected. */
  readonly file: string
  /** What differs, or what is wrong with its files, a line each. */
  readonly messages: readonly string[]
  readonly warnings: readonly string[]
  /** A unified diff from what is expected to what Pillion gives. */
  readonly diff?: string
  /** What `--update` wants the file to have. */
  readonly update?: { readonly before: string | undefined; readonly text: string }
  /** Absent if the case could not be read. */
  readonly tried?: { readonly outcome: Outcome; readonly profiles: Profiles }
}

/** `invalid`: its files cannot be read; `updated`: `--update` wrote what Pillion gives. */
export type Status = 'passed' | 'failed' | 'invalid' | 'updated'
