import { type Json, type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { listProblems } from '../../problems/problem-list.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { conditionsIn } from '../../profile/accept/candidate.ts'
import { revisionName } from '../../profile/accept/controller-revision.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import { type RolloutCondition, rolloutConditions } from './rollout-conditions.ts'

/** The result of a dry run with a Pod. */
export type Proof =
  /** The Pod is valid. Whether a user may create it, and where, is not known. */
  | { readonly outcome: 'proven' }
  /** The Pod is not valid in any namespace. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** Something else prevented the dry run: a quota, another webhook, a policy, missing permissions. */
  | { readonly outcome: 'unknown'; readonly message: string }
  /** There was no answer, or a temporary failure. */
  | {
      readonly outcome: 'later'
      readonly message: string
      readonly afterMs?: number | undefined
      readonly isAnswer: boolean
    }

export type Proven = Exclude<Proof, { outcome: 'later' }>

/** Whether the API server must verify the profile before its status is written. */
export function needsProof({ object, accepted }: Verdict, canProve: boolean): boolean {
  if (!accepted) return false
  const proven = conditionOf(object, 'Proven')
  if (conditionOf(object, 'Accepted')?.['status'] !== 'True' || !proven) return true
  return canProve && proven['message'] === provingIsOff.message
}

export const provingIsOff = {
  outcome: 'unknown',
  message: 'no Pod with this profile was shown to the API server: --prove-profiles is false',
} as const satisfies Proven

/**
 * The conditions `Accepted`, `Proven` and `Advice` and those of the rollout as they should be, and the conditions of others.
 * If the API server refuses a Pod with the profile, the profile is not accepted. Without a new proof, the known one of this spec stays.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition
 */
export function conditionsOf(
  verdict: Verdict,
  proof: Proven | undefined,
  notKept: string | undefined,
  rollout: RolloutStatus | undefined,
): readonly Json[] {
  const due = [
    accepted(verdict, proof, notKept),
    proven(verdict, proof),
    ...advised(verdict),
    ...rolloutConditions(rollout),
  ]
  return replaced(verdict.object, due, ours)
}

/** The conditions of a profile with another `Accepted`. */
export function withAccepted(object: JsonObject, accepted: Condition): readonly Json[] {
  return replaced(object, [accepted], new Set(['Accepted']))
}

function replaced(
  object: JsonObject,
  due: readonly (Condition | RolloutCondition)[],
  types: ReadonlySet<string>,
): readonly Json[] {
  const others = conditionsIn(object).filter(({ type }) => !types.has(String(type)))
  const observedGeneration = metadataOf(object)['generation'] ?? 0
  // As metav1.Time, in whole seconds.
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return [
    ...others,
    ...due.map(condition => {
      const before = conditionsIn(object).find(({ type }) => type === condition.type)
      const known = before?.['status'] === condition.status ? before['lastTransitionTime'] : undefined
      return { ...condition, observedGeneration, lastTransitionTime: known ?? now }
    }),
  ]
}

interface Condition {
  readonly type: 'Accepted' | 'Proven' | 'Advice'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

const ours: ReadonlySet<string> = new Set<(Condition | RolloutCondition)['type']>([
  'Accepted',
  'Proven',
  'Advice',
  'Progressing',
  'Degraded',
])

/** Absent without advice. */
function advised({ profile }: Verdict): readonly Condition[] {
  const { advice = [] } = profile ?? {}
  if (advice.length === 0) return []
  return [{ type: 'Advice', status: 'True', reason: 'BestPractice', message: listProblems(advice) }]
}

function accepted(
  { object, accepted, reason, problems, missing = [] }: Verdict,
  proof: Proven | undefined,
  notKept: string | undefined,
): Condition {
  const type = 'Accepted'
  const gone = missing.map(revision => `. ${notThere(object, revision)}`).join('')
  if (!accepted) return { type, status: 'False', reason, message: `${listProblems(problems)}${gone}` }
  if (proof?.outcome === 'refused') return { ...ofProof(proof), type, reason: 'RefusedByApiServer' }
  if (notKept !== undefined) {
    const message = truncate(
      `nothing is wrong with this spec, but it cannot be kept as a ControllerRevision, so it is not in use yet: ${notKept}`,
      limits.messageLength,
    )
    return { type, status: 'Unknown', reason: 'RevisionNotKept', message }
  }
  return { type, status: 'True', reason, message: `Pods get this profile when they ask for it${gone}` }
}

function notThere(object: JsonObject, revision: string): string {
  const name = revisionName(String(metadataOf(object)['name']), revision)
  return `Revision ${revision} is not there: somebody deleted or replaced the ControllerRevision ${name}, so Pods get the nearest other revision`
}

function proven({ object, accepted, reason }: Verdict, proof: Proven | undefined): Condition {
  if (proof) return ofProof(proof)
  const known = conditionOf(object, 'Proven')
  if (known && (accepted || reason === 'RefusedByApiServer')) {
    const { status, reason, message } = known as unknown as Condition
    return { type: 'Proven', status, reason, message }
  }
  return ofProof({ outcome: 'unknown', message: 'only an accepted profile is verified by a dry run' })
}

function ofProof(proof: Proven): Condition {
  const message =
    proof.outcome === 'proven'
      ? 'the API server says in a dry run that a Pod with it is valid'
      : truncate(proof.message, limits.messageLength)
  return { type: 'Proven', ...outcomes[proof.outcome], message }
}

const outcomes = {
  proven: { status: 'True', reason: 'DryRunSucceeded' },
  refused: { status: 'False', reason: 'DryRunRefused' },
  unknown: { status: 'Unknown', reason: 'NotProven' },
} as const

/** A condition of the current spec. */
function conditionOf(object: JsonObject, type: Condition['type']): JsonObject | undefined {
  const { generation = 0 } = metadataOf(object)
  return conditionsIn(object).find(
    condition => condition['type'] === type && condition['observedGeneration'] === generation,
  )
}
