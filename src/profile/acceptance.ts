import { BudgetSpent } from './budget.ts'
import { isObject, type Json, type JsonObject, metadataOf } from './json.ts'
import { type OrderGraph, orderGraph } from './order-cycle.ts'
import { excesses } from './pod-security-level.ts'
import type { Problem } from './problem.ts'
import { type Profile, readProfile } from './profile.ts'
import { collect, nameTaken, type Profiles } from './profiles.ts'
import { apiVersion, type Kind } from './schema.ts'

/** Why a stored profile serves Pods as it is, or not; the reason of its condition `Accepted`. */
export type AcceptanceReason =
  | 'Accepted'
  | 'Invalid'
  | 'PodSecurity'
  | 'NameTaken'
  | 'OrderCycle'
  | 'RefusedByApiServer'
  | 'TooManyProfiles'

/** What became of one stored profile. */
export interface Verdict {
  /** The custom resource as it is stored. */
  readonly object: JsonObject
  readonly accepted: boolean
  readonly reason: AcceptanceReason
  /** Why it is not accepted: all that is wrong, with field paths. */
  readonly problems: readonly Problem[]
  /** The spec as it is now, compiled; absent when it cannot be. */
  readonly profile?: Profile
  /** What Pods get: this spec or, while it is not accepted, the last one that was. */
  readonly inUse?: Profile
}

/** A stored profile, compiled as far as it can be. */
export interface Candidate {
  readonly object: JsonObject
  readonly compiled: ReturnType<typeof readProfile>
  /** The last accepted spec before this one. */
  readonly last?: Profile
  /** Its namespace has too many: it was not compiled, whatever its spec. */
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
  if (!before || before.isBeyondQuota || uidOf(before.object) !== uidOf(object)) {
    return compiled(kind, object, lastAccepted(kind, object))
  }
  const isChanged = generationOf(before.object) !== generationOf(object)
  const last = settledLast(kind, object, isChanged ? (inUse ?? before.last) : before.last)
  if (isChanged) return compiled(kind, object, last)
  const { last: _, ...same } = before
  return { ...same, object, ...(last && { last }) }
}

/** A stored profile of a namespace that has too many of them: it is not compiled. */
export function refusedByQuota(object: JsonObject, message: string): Candidate {
  return { object, compiled: { problems: [{ path: [], message }] }, isBeyondQuota: true }
}

/** What the replicas say of a stored profile when its namespace has too many. */
export function saidBeyondQuota(object: JsonObject): string | undefined {
  return saidOf(object, 'TooManyProfiles')
}

function compiled(kind: Kind, object: JsonObject, last: Profile | undefined): Candidate {
  const common = { object, ...(last && { last }) }
  try {
    return { ...common, compiled: readProfile(profileObject(kind, object)) }
  } catch (error) {
    const problems = [unreadable(error)]
    return {
      ...common,
      compiled: { problems },
      ...(!(error instanceof BudgetSpent) && { failure: { error } }),
    }
  }
}

/**
 * Of changes in quick succession one replica may see more than another. The status that the leader wrote on this spec
 * settles which one serves on, so that all replicas come to what a restart would come to.
 */
function settledLast(kind: Kind, object: JsonObject, last: Profile | undefined): Profile | undefined {
  if (!acceptedCondition(object)) return last
  const revision = lastAcceptedIn(object)?.['revision']
  // The leader writes the refusal first, and then what served before it.
  if (revision === undefined && refusalOf(object) !== undefined) return last
  return revision === last?.revision ? last : lastAccepted(kind, object)
}

function unreadable(error: unknown): Problem {
  if (error instanceof BudgetSpent) return { path: [], message: error.message }
  const name = error instanceof Error ? error.name : typeof error
  return {
    path: [],
    message: `Pillion cannot handle this profile (${name}): this is a bug in Pillion, please report it; a simpler spec helps`,
  }
}

/** Whether a stored profile that changed is what it was for everybody but its readers: its status was written. */
export function isSame(before: Candidate | undefined, after: Candidate): boolean {
  if (before?.last !== after.last) return false
  return before?.compiled === after.compiled && refusalOf(before.object) === refusalOf(after.object)
}

/** The same, of which these profiles, by key, are stored in another version now. */
export function stored(
  { profiles, verdicts }: Acceptance,
  objects: ReadonlyMap<string, JsonObject>,
): Acceptance {
  const renewed = new Map(verdicts)
  for (const [key, object] of objects) {
    const verdict = verdicts.get(key)
    if (verdict) renewed.set(key, { ...verdict, object })
  }
  return { profiles, verdicts: renewed }
}

/**
 * The profiles in use among all that are stored, and the verdict on each, by key. A cluster profile's name
 * is taken in every namespace. Of profiles whose `order` makes a cycle the cluster's stay, then those that were
 * accepted before, then the older ones. Whatever is not accepted leaves the last accepted revision in use. `labelsOf`
 * a namespace say what its SidecarProfiles may hold; where they are not known yet, that is judged with each Pod alone.
 */
export function accept(
  candidates: ReadonlyMap<string, Candidate>,
  labelsOf: (namespace: string) => Labels | undefined = () => undefined,
): Acceptance {
  const taken = new Set([...candidates.values()].filter(each => !isNamespaced(each)).map(nameOf))
  const verdicts = new Map<string, Verdict>()
  const inUse: Profile[] = []
  const order = orderGraph([...candidates.values()].flatMap(versionsOf))
  for (const [key, each] of inOrderOfStanding(candidates)) {
    const verdict = judgeSafely(each, taken, order, labelsOf)
    verdicts.set(key, verdict)
    if (verdict.inUse) inUse.push(verdict.inUse)
  }
  return { profiles: collect(inUse).profiles, verdicts }
}

type Labels = Readonly<Record<string, string>>
type LabelsOf = (namespace: string) => Labels | undefined

export interface Acceptance {
  readonly profiles: Profiles
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** What cannot be judged is not valid, and keeps nothing from being judged after it. */
function judgeSafely(
  each: Candidate,
  taken: ReadonlySet<string>,
  order: OrderGraph,
  labelsOf: LabelsOf,
): Verdict {
  try {
    const isShadowing = isNamespaced(each) && taken.has(nameOf(each))
    const verdict = isShadowing ? shadowing(each) : judge(each, order, labelsOf)
    if (verdict.inUse) order.add(verdict.inUse)
    return verdict
  } catch (error) {
    return { object: each.object, ...refused('Invalid', [unreadable(error)]) }
  }
}

function judge(each: Candidate, order: OrderGraph, labelsOf: LabelsOf): Verdict {
  const { object, compiled } = each
  if (each.isBeyondQuota && 'problems' in compiled)
    return { object, ...refused('TooManyProfiles', compiled.problems) }
  const labels = isNamespaced(each) ? labelsOf(String(metadataOf(object)['namespace'])) : undefined
  const excessesOf = (profile: Profile) => (labels ? excesses(profile, labels) : [])
  // Nor does one serve on that holds too much.
  const last = each.last && excessesOf(each.last).length === 0 ? each.last : undefined
  if ('problems' in compiled)
    return { object, ...refused('Invalid', compiled.problems), ...staying(last, order) }
  const { profile } = compiled
  const tooMuch = excessesOf(profile)
  if (tooMuch.length > 0)
    return { object, profile, ...refused('PodSecurity', tooMuch), ...staying(last, order) }
  const refusal = refusalOf(object)
  if (refusal !== undefined) {
    const problem = { path: [], message: refusal }
    return { object, profile, ...refused('RefusedByApiServer', [problem]), ...staying(last, order) }
  }
  const cycle = order.cycleWith(profile)
  if (cycle)
    return { object, profile, ...refused('OrderCycle', [cycleProblem(cycle)]), ...staying(last, order) }
  return { object, profile, accepted: true, reason: 'Accepted', problems: [], inUse: profile }
}

/** The last accepted one serves on, unless that, too, is at odds with the others now. */
function staying(last: Profile | undefined, order: OrderGraph): Pick<Verdict, 'inUse'> {
  return last && !order.cycleWith(last) ? { inUse: last } : {}
}

/** Not even its last accepted revision serves: it would stand for what the admin gave. */
function shadowing({ object, compiled }: Candidate): Verdict {
  const problem = nameTaken({ kind: 'ClusterSidecarProfile', name: String(metadataOf(object)['name']) })
  return {
    object,
    ...('profile' in compiled && { profile: compiled.profile }),
    ...refused('NameTaken', [...('problems' in compiled ? compiled.problems : []), problem]),
  }
}

function refused(reason: AcceptanceReason, problems: readonly Problem[]) {
  return { accepted: false, reason, problems } as const
}

function cycleProblem(cycle: readonly string[]): Problem {
  return { path: ['spec', 'order'], message: `makes a cycle with other profiles: ${cycle.join(' before ')}` }
}

/**
 * The cluster's come first, to which those of a namespace give way; of each those without an `order`, which are not at
 * fault for a cycle; then those accepted as they are, then the older ones.
 */
function inOrderOfStanding(
  candidates: ReadonlyMap<string, Candidate>,
): readonly (readonly [string, Candidate])[] {
  return [...candidates]
    .map(entry => ({ entry, standing: standingOf(...entry) }))
    .sort((a, b) => compare(a.standing, b.standing))
    .map(({ entry }) => entry)
}

/** Text that sorts as they are to be. */
function standingOf(key: string, each: Candidate): string {
  return `${isNamespaced(each) ? 1 : 0}${isOrdered(each) ? 1 : 0}${isStanding(each) ? 0 : 1}${createdAt(each)} ${key}`
}

function isOrdered(each: Candidate): boolean {
  const orders = versionsOf(each).flatMap(({ order, placement }) => [
    order,
    ...Array.from(placement.values(), placed => placed.order),
  ])
  return orders.some(({ before, after }) => before.length > 0 || after.length > 0)
}

/** What may serve of a profile. */
function versionsOf({ compiled, last }: Candidate): readonly Profile[] {
  return [...('profile' in compiled ? [compiled.profile] : []), ...(last ? [last] : [])]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function isStanding({ object }: Candidate): boolean {
  return acceptedCondition(object)?.['status'] === 'True'
}

/** What the API server had against the spec as it is now, when a dry run asked it. */
function refusalOf(object: JsonObject): string | undefined {
  return saidOf(object, 'RefusedByApiServer')
}

/** The message of the condition `Accepted` of a spec that is refused for this reason. */
function saidOf(object: JsonObject, why: AcceptanceReason): string | undefined {
  const { status, reason, message } = acceptedCondition(object) ?? {}
  return status === 'False' && reason === why ? String(message) : undefined
}

/** The condition, when it speaks of the spec as it is now. */
function acceptedCondition(object: JsonObject): JsonObject | undefined {
  return conditionsIn(object).find(
    ({ type, observedGeneration }) => type === 'Accepted' && observedGeneration === generationOf(object),
  )
}

/** The conditions in the status of a stored profile. */
export function conditionsIn({ status }: JsonObject): readonly JsonObject[] {
  const conditions = isObject(status) ? status['conditions'] : undefined
  return Array.isArray(conditions) ? conditions.filter(isObject) : []
}

function lastAccepted(kind: Kind, object: JsonObject): Profile | undefined {
  const spec = lastAcceptedIn(object)?.['spec']
  if (!isObject(spec)) return undefined
  const read = compiled(kind, { ...object, spec }, undefined).compiled
  return 'profile' in read ? read.profile : undefined
}

function lastAcceptedIn({ status }: JsonObject): JsonObject | undefined {
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

function isNamespaced({ object }: Candidate): boolean {
  return metadataOf(object)['namespace'] !== undefined
}

function nameOf({ object }: Candidate): string {
  return String(metadataOf(object)['name'])
}

function createdAt({ object }: Candidate): string {
  return String(metadataOf(object)['creationTimestamp'] ?? '')
}
