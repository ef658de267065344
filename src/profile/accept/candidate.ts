import { isObject, type Json, type JsonObject, metadataOf } from '../../json/json.ts'
import { BudgetSpent } from '../../limits/budget.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import { readProfile } from '../read.ts'
import { apiVersion, type Kind } from '../schema/schema.ts'

/** Why a stored profile serves Pods as it is, or not; the reason of its condition `Accepted`. */
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
  /** Its namespace has too many, or too large ones: it was not compiled, whatever its spec. */
  readonly isBeyondQuota?: true
  /** What was thrown while it was compiled, which is a bug of Pillion's. It may quote the profile. */
  readonly failure?: { readonly error: unknown }
}

/**
 * Compiles a stored profile. Of the one before it takes what need not be compiled again, and what served Pods
 * until now, should this spec not be accepted; without one, its status may know that. Never throws: a profile
 * that cannot be handled is not valid.
 */
export function candidate(kind: Kind, object: JsonObject, before?: Candidate, inUse?: Profile): Candidate {
  const isKnown = before && !before.isBeyondQuota && uidOf(before.object) === uidOf(object)
  if (!isKnown) {
    const made = compiled(kind, object)
    return withLast(made, lastAccepted(kind, object, made))
  }
  if (generationOf(before.object) !== generationOf(object)) {
    const made = compiled(kind, object)
    return withLast(made, settledLast(kind, object, inUse ?? before.last, made))
  }
  const { last, ...same } = before
  return withLast({ ...same, object }, settledLast(kind, object, last, same))
}

type Made = Omit<Candidate, 'last'>

/** A profile does not fall back to the revision that it already has. */
function withLast(made: Made, last: Profile | undefined): Candidate {
  return { ...made, ...(last && last.revision !== revisionOf(made) && { last }) }
}

function revisionOf({ compiled }: Made): string | undefined {
  return 'profile' in compiled ? compiled.profile.revision : undefined
}

/** A stored profile of a namespace that has too many of them: it is not compiled. */
export function refusedByQuota(object: JsonObject, message: string, before?: Candidate): Candidate {
  if (before?.isBeyondQuota && saysOnly(before, message)) return { ...before, object }
  return { object, compiled: { problems: [{ path: [], message }] }, isBeyondQuota: true }
}

function saysOnly({ compiled }: Candidate, message: string): boolean {
  return 'problems' in compiled && compiled.problems.every(problem => problem.message === message)
}

/** What the replicas say of a stored profile when its namespace has too many. */
export function saidBeyondQuota(object: JsonObject): string | undefined {
  return saidOf(object, 'TooManyProfiles')
}

function compiled(kind: Kind, object: JsonObject): Made {
  try {
    return { object, compiled: readProfile(profileObject(kind, object)) }
  } catch (error) {
    const problems = [unreadable(error)]
    return {
      object,
      compiled: { problems },
      ...(!(error instanceof BudgetSpent) && { failure: { error } }),
    }
  }
}

/**
 * Of changes in quick succession one replica may see more than another. The status that the leader wrote on this spec
 * settles which one serves on, so that all replicas come to what a restart would come to.
 */
function settledLast(
  kind: Kind,
  object: JsonObject,
  last: Profile | undefined,
  made: Made,
): Profile | undefined {
  if (!acceptedCondition(object)) return last
  const revision = lastAcceptedIn(object)?.['revision']
  // The leader writes the refusal first, and then what served before it.
  if (revision === undefined && refusalOf(object) !== undefined) return last
  return revision === last?.revision ? last : lastAccepted(kind, object, made)
}

export function unreadable(error: unknown): Problem {
  if (error instanceof BudgetSpent) return { path: [], message: error.message }
  const name = error instanceof Error ? error.name : typeof error
  return {
    path: [],
    message: `Pillion cannot handle this profile (${name}): this is a bug in Pillion, please report it; a simpler spec may work`,
  }
}

/** Whether a stored profile that changed is what it was for everybody but its readers: its status was written. */
export function isSame(before: Candidate | undefined, after: Candidate): boolean {
  if (before?.last !== after.last) return false
  return before?.compiled === after.compiled && refusalOf(before.object) === refusalOf(after.object)
}

/** What the API server had against the spec as it is now, when a dry run asked it. */
export function refusalOf(object: JsonObject): string | undefined {
  return saidOf(object, 'RefusedByApiServer')
}

/** The message of the condition `Accepted` of a spec that is refused for this reason. */
function saidOf(object: JsonObject, why: AcceptanceReason): string | undefined {
  const { status, reason, message } = acceptedCondition(object) ?? {}
  return status === 'False' && reason === why ? String(message) : undefined
}

/** The condition, when it speaks of the spec as it is now. */
export function acceptedCondition(object: JsonObject): JsonObject | undefined {
  return conditionsIn(object).find(
    ({ type, observedGeneration }) => type === 'Accepted' && observedGeneration === generationOf(object),
  )
}

/** The conditions in the status of a stored profile. */
export function conditionsIn({ status }: JsonObject): readonly JsonObject[] {
  const conditions = isObject(status) ? status['conditions'] : undefined
  return Array.isArray(conditions) ? conditions.filter(isObject) : []
}

/** From the status. Of a profile that is accepted it is this spec itself, which is compiled already. */
function lastAccepted(kind: Kind, object: JsonObject, made: Made): Profile | undefined {
  const { revision, spec } = lastAcceptedIn(object) ?? {}
  if (!isObject(spec) || revision === revisionOf(made)) return undefined
  const read = compiled(kind, { ...object, spec }).compiled
  return 'profile' in read ? read.profile : undefined
}

/** What the status of a stored profile keeps to serve on. */
export function lastAcceptedIn({ status }: JsonObject): JsonObject | undefined {
  const last = isObject(status) ? status['lastAccepted'] : undefined
  return isObject(last) ? last : undefined
}

/** What `readProfile` takes: the items of a list do not name their kind. */
function profileObject(kind: Kind, { metadata, spec }: JsonObject): Json {
  return { apiVersion, kind, metadata: metadata ?? {}, spec: spec ?? {} }
}

function uidOf(object: JsonObject): Json | undefined {
  return metadataOf(object)['uid']
}

/** Another one for another spec. */
function generationOf(object: JsonObject): Json | undefined {
  return metadataOf(object)['generation']
}
