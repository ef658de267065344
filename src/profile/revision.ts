import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonical, type Json } from '../json/json.ts'

/** The first 10 hex digits of the SHA-256 of a profile's canonical spec. */
export function revision(spec: Json): string {
  return bytesToHex(sha256(utf8ToBytes(canonical(spec)))).slice(0, 10)
}
