import type { Json } from '../../json/json.ts'

/** One JSON Patch operation (RFC 6902); injecting only ever adds. */
export interface Operation {
  readonly op: 'add'
  /** A JSON pointer (RFC 6901). */
  readonly path: string
  readonly value: Json
}

/** A JSON Patch operation (RFC 6902) that takes away what was injected. */
export interface Removal {
  readonly op: 'remove'
  /** A JSON pointer (RFC 6901). */
  readonly path: string
}
