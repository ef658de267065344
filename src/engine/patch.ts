import type { Json } from '../profile/json.ts'

/** One JSON Patch operation (RFC 6902); injecting only ever adds. */
export interface Operation {
  readonly op: 'add'
  /** A JSON pointer (RFC 6901). */
  readonly path: string
  readonly value: Json
}
