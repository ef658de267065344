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
  /** The spec; undefined if there was no room for it. */
  spec(): JsonObject | undefined
}

/** The kept revisions of one profile. */
export interface Kept {
  find(revision: string): KeptRevision | undefined
  /** Whether it was there and somebody deleted it. */
  isGone(revision: string): boolean
  /** The newest first. */
  all(): readonly KeptRevision[]
}

export const nothingKept: Kept = { find: () => undefined, isGone: () => false, all: () => [] }
