import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonical, type Json, type JsonObject } from '../json/json.ts'
import { outsideRevision } from './schema/rollout-schema.ts'

/** The first 10 hex digits of the SHA-256 of the canonical spec, without the fields that only say how revisions are handled. */
export function revision(spec: JsonObject): string {
  return bytesToHex(sha256(utf8ToBytes(canonical(revisedSpec(spec))))).slice(0, 10)
}

/** The part of a spec that a ControllerRevision keeps. */
export function revisedSpec(spec: JsonObject): JsonObject {
  const kept = Object.entries(spec).filter(([field]) => !outsideRevision.some(outside => outside === field))
  return Object.fromEntries(kept) as { readonly [field: string]: Json }
}

/** Whether a text has the form of a revision. */
export function isRevision(text: string): boolean {
  return /^[0-9a-f]{10}$/.test(text)
}
