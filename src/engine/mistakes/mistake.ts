import type { Path } from '../../problems/problem.ts'

/** Something that a user wrote for Pillion and that has no effect or denies Pods: the path, and a sentence with what to write. */
export interface Mistake {
  readonly path: Path
  readonly message: string
}
