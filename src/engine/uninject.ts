import type { Pod } from './pod.ts'

/** A JSON Patch operation that takes away what was injected. */
export interface Removal {
  readonly op: 'remove'
  readonly path: string
}

/** What takes everything away that the status annotation says Pillion added, last first. */
export function uninject(_pod: Pod): Removal[] {
  throw new Error('being written')
}
