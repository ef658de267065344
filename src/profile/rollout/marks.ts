import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { truncate } from '../../problems/truncate.ts'
import type { RolloutStatus } from './rollout-status.ts'

/** A label of a Namespace: with the value `disabled`, Pillion updates no Pod there. */
export const rolloutLabel = 'pillion.dev/rollout'

/** The annotations of a profile by which people control a rollout. */
export const rolloutAnnotation = {
  /** `REVISION`: all the way. `REVISION/STEP`: past that step. */
  promote: 'pillion.dev/promote',
  /** A time (RFC 3339): a failed rollout goes on if this is later than the failure. */
  resumedAt: 'pillion.dev/resumed-at',
} as const

/** The values of these annotations. */
export interface Marks {
  readonly promote?: string
  readonly resumedAt?: string
}

export function marksOf(profile: JsonObject): Marks {
  const annotations = objectAt(metadataOf(profile), 'annotations')
  const { [rolloutAnnotation.promote]: promote, [rolloutAnnotation.resumedAt]: resumedAt } = annotations
  return {
    ...(typeof promote === 'string' && { promote }),
    ...(typeof resumedAt === 'string' && { resumedAt }),
  }
}

/**
 * How far a rollout is promoted: the index of the last step that the promotion ends, `all`, or undefined. `problem` says
 * what is wrong with a value. A value about an earlier rollout (`isKept`) has no effect, and is no problem.
 */
export function promotionIn(
  { promote }: Marks,
  { canary, stable }: RolloutStatus,
  { last, isKept }: { readonly last: number; readonly isKept: (revision: string) => boolean },
): { readonly past?: number | 'all'; readonly problem?: string } {
  if (promote === undefined) return {}
  const said = `the annotation ${rolloutAnnotation.promote} is ${quoted(promote)}`
  const [, revision = '', step] = /^([0-9a-f]{10})(?:\/([0-9]{1,3}))?$/.exec(promote) ?? []
  if (revision === '') return { problem: `${said}: it must be a revision, or a revision, "/" and a step` }
  if (revision !== canary) {
    if (revision === stable || isKept(revision)) return {}
    const now =
      canary === undefined ? 'no revision is being rolled out' : `revision ${canary} is being rolled out`
    return { problem: `${said}, but ${now}` }
  }
  if (step === undefined) return { past: 'all' }
  if (Number(step) > last) return { problem: `${said}, but the last step of the rollout is ${last}` }
  return { past: Number(step) }
}

/**
 * When a failed rollout was resumed, in milliseconds since 1970. A time that is far in the future counts only when it has
 * come: otherwise no later failure would stop the rollout.
 */
export function resumptionIn(
  { resumedAt }: Marks,
  now: number,
): { readonly at?: number; readonly problem?: string } {
  if (resumedAt === undefined) return {}
  const said = `the annotation ${rolloutAnnotation.resumedAt} is ${quoted(resumedAt)}`
  const at = timeOf(resumedAt)
  if (at === undefined) return { problem: `${said}: it must be a time such as 2026-01-31T12:00:00Z` }
  if (at > now + skewMs) return { problem: `${said}, which is in the future` }
  return { at }
}

/** A time of RFC 3339, in milliseconds since 1970. */
export function timeOf(text: string | undefined): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text ?? '')
  const time = isTime ? Date.parse(String(text)) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** As metav1.Time, in whole seconds. */
export function textOf(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The value of the annotation that resumes a failed rollout: later than its failure, even if the clocks differ. */
export function resumeMark({ since }: RolloutStatus, now: number): string {
  const failedAt = timeOf(since) ?? 0
  return textOf(Math.max(now, failedAt + 1_000))
}

/** Clocks of two machines may differ by this. */
export const skewMs = 10 * 60_000

function quoted(text: string): string {
  return JSON.stringify(truncate(text, 40))
}
