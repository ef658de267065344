import type { Path } from '../../problems/problem.ts'
import type { Refusal } from '../reason.ts'

/** Something that a user wrote for Pillion and that has no effect or denies Pods: the path, and a sentence with what to write. */
export interface Mistake {
  readonly path: Path
  readonly message: string
  /** What takes the place of `path`: the annotation or the label that was probably meant. */
  readonly meant?: Meant
  /** The annotation or the label without which this one has no effect. */
  readonly missing?: Meant
  /** The profile that nothing gets, and why, if the request for profiles is wrong. */
  readonly refused?: Pick<Refusal, 'name' | 'cause'>
}

export interface Meant {
  /** Path of the annotations or the labels that it belongs to. */
  readonly path: Path
  readonly key: string
  readonly value: string
}
