import type { Path } from '../../problems/problem.ts'

/** What somebody wrote for Pillion that has no effect, or denies Pods: where, and a sentence with what to write. */
export interface Mistake {
  readonly path: Path
  readonly message: string
}
