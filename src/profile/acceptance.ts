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
}

/**
 * Compiles a stored profile. Of the one before it takes what need not be compiled again, and what served Pods
 * until now, should this spec not be accepted; without one, its status may know that.
 */
export function candidate(kind: Kind, object: JsonObject, before?: Candidate, inUse?: Profile): Candidate {
  const compile = () => readProfile(profileObject(kind, object))
  if (!before || uidOf(before.object) !== uidOf(object)) {
    return withLast(object, compile(), lastAccepted(kind, object))
  }
  if (generationOf(before.object) === generationOf(object)) return { ...before, object }
  return withLast(object, compile(), inUse ?? before.last)
}

/** Whether a stored profile that changed is what it was for everybody but its readers: its status was written. */
export function isSame(before: Candidate | undefined, after: Candidate): boolean {
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
 * is taken in every namespace. Of profiles whose `order` makes a cycle those that were accepted before
 * stay, then the older ones. Whatever is not accepted leaves the last accepted revision in use. `labelsOf` a namespace
 * say what its SidecarProfiles may hold; where they are not known yet, that is judged with each Pod alone.
 */
export function accept(
  candidates: ReadonlyMap<string, Candidate>,
  labelsOf: (namespace: string) => Labels | undefined = () => undefined,
): Acceptance {
  const taken = new Set([...candidates.values()].filter(each => !isNamespaced(each)).map(nameOf))
  const verdicts = new Map<string, Verdict>()
  const inUse: Profile[] = []
  const order = orderGraph()
  for (const [key, each] of inOrderOfStanding(candidates)) {
    const verdict =
      isNamespaced(each) && taken.has(nameOf(each)) ? shadowing(each) : judge(each, order, labelsOf)
    verdicts.set(key, verdict)
    if (!verdict.inUse) continue
    inUse.push(verdict.inUse)
    order.add(verdict.inUse)
  }
  return { profiles: collect(inUse).profiles, verdicts }
}

type Labels = Readonly<Record<string, string>>
type LabelsOf = (namespace: string) => Labels | undefined

export interface Acceptance {
  readonly profiles: Profiles
  readonly verdicts: ReadonlyMap<string, Verdict>
}

function judge(each: Candidate, order: OrderGraph, labelsOf: LabelsOf): Verdict {
  const { object, compiled } = each
  const labels = labelsOf(String(metadataOf(object)['namespace']))
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

function withLast(object: JsonObject, compiled: Candidate['compiled'], last: Profile | undefined): Candidate {
  return { object, compiled, ...(last && { last }) }
}

/**
 * Those without an `order` come first, which are never at fault for a cycle and need no look at the others;
 * then those accepted as they are, then the older ones.
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
  return `${isOrdered(each) ? 1 : 0}${isStanding(each) ? 0 : 1}${createdAt(each)} ${key}`
}

function isOrdered({ compiled, last }: Candidate): boolean {
  const profiles = [...('profile' in compiled ? [compiled.profile] : []), ...(last ? [last] : [])]
  return profiles.some(({ order: { before, after } }) => before.length > 0 || after.length > 0)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function isStanding({ object }: Candidate): boolean {
  return acceptedCondition(object)?.['status'] === 'True'
}

/** What the API server had against the spec as it is now, when a dry run asked it. */
function refusalOf(object: JsonObject): string | undefined {
  const { status, reason, message } = acceptedCondition(object) ?? {}
  return status === 'False' && reason === 'RefusedByApiServer' ? String(message) : undefined
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
  const status = object['status']
  const last = isObject(status) ? status['lastAccepted'] : undefined
  if (!isObject(last) || !isObject(last['spec'])) return undefined
  const read = readProfile(profileObject(kind, { ...object, spec: last['spec'] }))
  return 'profile' in read ? read.profile : undefined
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
