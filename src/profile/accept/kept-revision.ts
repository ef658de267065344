import type { JsonObject } from '../../json/json.ts'

/** An earlier spec of a profile that can be used again. */
export interface KeptRevision {
  /** The name of its ControllerRevision. */
  readonly name: string
  readonly revision: string
  /** The greater, the later it was accepted. */
  readonly number: number
  /** Size of the spec, as `storedBytes` measures that of a profile. */
  readonly bytes: number
  /** The spec; undefined if there is no room for it (`isWhole`). */
  readonly isWhole: boolean
  spec(): JsonObject | undefined
}

/** The kept revisions of one profile. */
export interface Kept<Revision extends KeptRevision = KeptRevision> {
  readonly size: number
  find(revision: string): Revision | undefined
  /** Whether it was there and somebody deleted it. */
  isGone(revision: string): boolean
  /** The newest first. */
  all(): readonly Revision[]
}

export const nothingKept: Kept<never> = { size: 0, find: () => undefined, isGone: () => false, all: () => [] }
