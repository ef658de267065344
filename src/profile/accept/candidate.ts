import { isObject, type Json, type JsonObject, member, metadataOf, objectsIn } from '../../json/json.ts'
import { BudgetSpent } from '../../limits/budget.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import { readProfile } from '../read.ts'
import { apiVersion, type Kind } from '../schema/schema.ts'

/** The reason of the condition `Accepted` of a stored profile. */
export type AcceptanceReason =
  | 'Accepted'
  | 'Invalid'
  | 'PodSecurity'
  | 'NameTaken'
  | 'OrderCycle'
  | 'RefusedByApiServer'
  | 'TooManyProfiles'

/** A stored profile, compiled as far as it can be. */
export interface Candidate {
  readonly object: JsonObject
  readonly compiled: ReturnType<typeof readProfile>
  /** The last accepted spec before this one. */
  readonly last?: Profile
  /** It was not compiled, because its namespace has too many profiles or too large ones. */
  readonly isBeyondQuota?: true
  /** What was thrown while it was compiled, which is a bug in Pillion. It may quote the profile. */
  readonly failure?: { readonly error: unknown }
}

/**
 * Compiles a stored profile and the last accepted revision in its status. What the candidate before it has compiled is not
 * compiled again. Only what is stored counts, so that all replicas agree, also after a restart. Never throws: a profile that
 * cannot be handled is not valid.
 */
export function candidate(kind: Kind, object: JsonObject, before?: Candidate): Candidate {
  const isSameObject = before && metadataOf(before.object)['uid'] === metadataOf(object)['uid']
  const known = isSameObject && !before.isBeyondQuota ? before : undefined
  const made =
    known && generationOf(known.object) === generationOf(object)
      ? renewed(known, object)
      : compiled(kind, object)
  const { revision, spec } = lastAcceptedIn(object) ?? {}
  // The last accepted revision counts only if it is another than the current one.
  if (!isObject(spec) || revision === compiledIn(made)?.revision) return made
  const compiledBefore =
    known && [known.last, compiledIn(known)].find(profile => profile?.revision === revision)
  const last = compiledBefore ?? compiledIn(compiled(kind, { ...object, spec }))
  return { ...made, ...(last && last.revision !== compiledIn(made)?.revision && { last }) }
}

function renewed({ last: _, ...made }: Candidate, object: JsonObject): Made {
  return { ...made, object }
}

type Made = Omit<Candidate, 'last'>

function compiledIn({ compiled }: Made): Profile | undefined {
  return 'profile' in compiled ? compiled.profile : undefined
}

/** A stored profile that is not compiled, because its namespace has too many. */
export function refusedByQuota(object: JsonObject, message: string, before?: Candidate): Candidate {
  const known = before?.isBeyondQuota && 'problems' in before.compiled ? before.compiled.problems : []
  if (before && known[0]?.message === message) return { ...before, object }
  return { object, compiled: { problems: [{ path: [], message }] }, isBeyondQuota: true }
}

/** The message in the status of a profile whose namespace has too many; undefined for others. */
export function saidBeyondQuota(object: JsonObject): string | undefined {
  return saidOf(object, 'TooManyProfiles')
}

function compiled(kind: Kind, object: JsonObject): Made {
  // The items of a list have no kind.
  const profile = { apiVersion, kind, metadata: object['metadata'] ?? {}, spec: object['spec'] ?? {} }
  try {
    return { object, compiled: readProfile(profile) }
  } catch (error) {
    const isBug = !(error instanceof BudgetSpent)
    return { object, compiled: { problems: [unreadable(error)] }, ...(isBug && { failure: { error } }) }
  }
}

export function unreadable(error: unknown): Problem {
  if (error instanceof BudgetSpent) return { path: [], message: error.message }
  const name = error instanceof Error ? error.name : typeof error
  return {
    path: [],
    message: `Pillion cannot handle this profile (${name}): this is a bug in Pillion, please report it; a simpler spec may work`,
  }
}

/** True if only the status changed, so that Pods are not affected. */
export function isSame(before: Candidate | undefined, after: Candidate): boolean {
  if (before?.last !== after.last) return false
  const isJudgedAlike =
    refusalOf(before?.object ?? {}) === refusalOf(after.object) &&
    isPending(before?.object ?? {}) === isPending(after.object)
  return before?.compiled === after.compiled && isJudgedAlike
}

/** Why the API server refused the current spec in a dry run; undefined if it did not. */
export function refusalOf(object: JsonObject): string | undefined {
  return saidOf(object, 'RefusedByApiServer')
}

/** The message of the condition `Accepted`, if the spec is refused for this reason. */
function saidOf(object: JsonObject, why: AcceptanceReason): string | undefined {
  const { status, reason, message } = acceptedCondition(object) ?? {}
  return status === 'False' && reason === why ? String(message) : undefined
}

/** Whether no leader has accepted the current spec yet. */
export function isPending(object: JsonObject): boolean {
  return acceptedCondition(object)?.['status'] !== 'True'
}

/** The condition `Accepted`, if it is about the current spec. */
export function acceptedCondition(object: JsonObject): JsonObject | undefined {
  return conditionsIn(object).find(
    ({ type, observedGeneration }) => type === 'Accepted' && observedGeneration === generationOf(object),
  )
}

/** The conditions in the status of a stored profile. */
export function conditionsIn({ status }: JsonObject): readonly JsonObject[] {
  return objectsIn(member(status, 'conditions'))
}

/** The last accepted revision in the status of a stored profile. */
export function lastAcceptedIn({ status }: JsonObject): JsonObject | undefined {
  const last = member(status, 'lastAccepted')
  return isObject(last) ? last : undefined
}

/** The API server changes it with each change of the spec. */
function generationOf(object: JsonObject): Json | undefined {
  return metadataOf(object)['generation']
}
