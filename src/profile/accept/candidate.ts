import {
  equal,
  type Json,
  type JsonObject,
  member,
  metadataOf,
  objectAt,
  objectsIn,
} from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import { readProfile } from '../read.ts'
import { rolloutStatusIn } from '../rollout/rollout-status.ts'
import { apiVersion, type Kind } from '../schema/schema.ts'
import { type Kept, type KeptRevision, nothingKept } from './kept-revision.ts'

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
  /** The revisions that the status names, without the current one, as far as they are kept and can be compiled. */
  readonly named: ReadonlyMap<string, Profile>
  /** It was not compiled, because its namespace has too many profiles or too large ones. */
  readonly isBeyondQuota?: true
  /** What was thrown while it was compiled, which is a bug in Pillion. It may quote the profile. */
  readonly failure?: { readonly error: unknown }
}

/**
 * Compiles a stored profile and the kept revisions that its status names. What the candidate before it has compiled is not
 * compiled again. Only what is stored counts, so that all replicas agree, also after a restart. Never throws: a profile that
 * cannot be handled is not valid.
 */
export function candidate(
  kind: Kind,
  object: JsonObject,
  before?: Candidate,
  kept: Kept = nothingKept,
): Candidate {
  const isSameObject = before && metadataOf(before.object)['uid'] === metadataOf(object)['uid']
  const known = isSameObject && !before.isBeyondQuota ? before : undefined
  const made =
    known && generationOf(known.object) === generationOf(object)
      ? renewed(known, object)
      : compiled(kind, object)
  const named = new Map<string, Profile>()
  for (const revision of namedRevisions(object)) {
    if (revision === compiledIn(made)?.revision) continue
    const profile =
      compiledBefore(known, revision, kept) ?? compiledRevision(kind, object, kept.find(revision))
    if (profile) named.set(revision, profile)
  }
  return { ...made, named }
}

/** The revisions that Pods may get in place of the current spec. */
export function namedRevisions(object: JsonObject): ReadonlySet<string> {
  const { stable, canary } = rolloutStatusIn(object) ?? {}
  const named = [lastAcceptedIn(object)?.revision, stable, canary]
  return new Set(named.filter(revision => revision !== undefined))
}

/** The watch of revisions may be behind that of profiles. What was deleted is not used, as after a restart. */
function compiledBefore(known: Candidate | undefined, revision: string, kept: Kept): Profile | undefined {
  if (!known || kept.isGone(revision)) return undefined
  const current = compiledIn(known)
  return known.named.get(revision) ?? (current?.revision === revision ? current : undefined)
}

/** Compiles a kept revision of a profile; undefined if it cannot be compiled, for example because a limit is lower now. */
export function compiledRevision(
  kind: Kind,
  object: JsonObject,
  kept: KeptRevision | undefined,
): Profile | undefined {
  const spec = kept?.spec()
  return spec && compiledIn(compiled(kind, { ...object, spec }))
}

function renewed({ named: _, ...made }: Candidate, object: JsonObject): Made {
  return { ...made, object }
}

type Made = Omit<Candidate, 'named'>

function compiledIn({ compiled }: Made): Profile | undefined {
  return 'profile' in compiled ? compiled.profile : undefined
}

/** A stored profile that is not compiled, because its namespace has too many. */
export function refusedByQuota(object: JsonObject, message: string, before?: Candidate): Candidate {
  const known = before?.isBeyondQuota && 'problems' in before.compiled ? before.compiled.problems : []
  if (before && known[0]?.message === message) return { ...before, object }
  return { object, compiled: { problems: [{ path: [], message }] }, isBeyondQuota: true, named: new Map() }
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
    return { object, compiled: { problems: [unreadable(error)] }, failure: { error } }
  }
}

export function unreadable(error: unknown): Problem {
  const name = error instanceof Error ? error.name : typeof error
  return {
    path: [],
    message: `Pillion cannot handle this profile (${name}): this is a bug in Pillion, please report it; a simpler spec may work`,
  }
}

/** True if only the status changed, so that Pods are not affected. */
export function isSame(before: Candidate | undefined, after: Candidate): boolean {
  const was = before?.object ?? {}
  const isJudgedAlike =
    refusalOf(was) === refusalOf(after.object) && isPending(was) === isPending(after.object)
  return (
    before?.compiled === after.compiled &&
    isJudgedAlike &&
    equal(servedBy(was), servedBy(after.object)) &&
    before.named.size === after.named.size &&
    [...after.named].every(([revision, profile]) => before.named.get(revision) === profile)
  )
}

/** What decides about the revision of a Pod, except for the spec. */
function servedBy(object: JsonObject): Json {
  const { phase = null, stable = null, canary = null, percent = null } = rolloutStatusIn(object) ?? {}
  return [lastAcceptedIn(object)?.revision ?? null, phase, stable, canary, percent]
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

/** A reference to the ControllerRevision of the last accepted spec. */
export interface LastAccepted extends JsonObject {
  readonly revision: string
  readonly name: string
}

/** The last accepted revision in the status of a stored profile; undefined if an earlier version of Pillion wrote it. */
export function lastAcceptedIn(object: JsonObject): LastAccepted | undefined {
  const { revision, name } = objectAt(object, 'status', 'lastAccepted')
  return typeof revision === 'string' && typeof name === 'string' ? { revision, name } : undefined
}

/** The API server changes it with each change of the spec. */
function generationOf(object: JsonObject): Json | undefined {
  return metadataOf(object)['generation']
}
