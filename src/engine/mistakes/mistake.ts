import type { Path } from '../../problems/problem.ts'

/** Something that a user wrote for Pillion and that has no effect or denies Pods: the path, and a sentence with what to write. */
export interface Mistake {
  readonly path: Path
  readonly message: string
  /** What takes the place of `path`: the annotation that was probably meant. */
  readonly meant?: MeantAnnotation
  /** The annotation without which this one has no effect. */
  readonly missing?: MeantAnnotation
}

export interface MeantAnnotation {
  /** Path of the annotations that it belongs to. */
  readonly path: Path
  readonly key: string
  readonly value: string
}
