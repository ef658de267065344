import type { ResolvedParameter } from '../engine/decision.ts'
import type { Json } from '../json/json.ts'

/** Where a value of the resulting Pod comes from. */
export interface Origin {
  /** Name of the profile. */
  readonly profile: string
  /** Revision of the profile. */
  readonly revision: string
  /** JSON pointer in the profile object: `/spec/containers/0/env/1/value`. */
  readonly pointer: string
  /** The expressions of this value, as written in the profile, with what each one gave; empty for a constant. */
  readonly expressions: readonly { readonly source: string; readonly value: Json }[]
  /** The parameters that these expressions read. */
  readonly parameters: readonly ResolvedParameter[]
}
