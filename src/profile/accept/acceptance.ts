import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import { cycleProblem, type OrderGraph, orderGraph } from '../order/profile-cycles.ts'
import { excesses } from '../pod-security/level.ts'
import type { Profile } from '../profile.ts'
import {
  type AcceptanceReason,
  acceptedCondition,
  type Candidate,
  refusalOf,
  unreadable,
} from './candidate.ts'
import { collect, nameTaken, type Profiles } from './profiles.ts'

/** The result for one stored profile. */
export interface Verdict {
  /** The custom resource as it is stored. */
  readonly object: JsonObject
  readonly accepted: boolean
  readonly reason: AcceptanceReason
  /** Why it is not accepted: all that is wrong, with field paths. */
  readonly problems: readonly Problem[]
  /** The current spec, compiled; absent if it cannot be compiled. */
  readonly profile?: Profile
  /** What Pods get: this spec or, while it is not accepted, the last accepted one. */
  readonly inUse?: Profile
}

/** The same acceptance, after new versions of these objects, by key, were stored. */
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
 * Decides which of the stored profiles are in use, with a verdict on each, by key. The name of a cluster profile is taken
 * in every namespace. If the `order` of profiles makes a cycle, cluster profiles stay, then those accepted before, then
 * older ones. While a spec is not accepted, its last accepted revision stays in use. The labels of a namespace
 * (`labelsOf`) say what its SidecarProfiles may contain; while they are unknown, that is checked for each Pod only.
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

/** A profile that cannot be judged is not valid; the others are judged nevertheless. */
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
  // The last accepted revision does not stay in use if it contains too much.
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

/** The last accepted revision stays in use, unless it makes a cycle with the others now. */
function staying(last: Profile | undefined, order: OrderGraph): Pick<Verdict, 'inUse'> {
  return last && !order.cycleWith(last) ? { inUse: last } : {}
}

/** Its last accepted revision is not used either: it would shadow the admin's profile of that name. */
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

/**
 * Cluster profiles come first, because those of a namespace give way to them. Of each, profiles without an `order` come
 * first, because they do not cause a cycle; then those accepted as they are, then the older ones.
 */
function inOrderOfStanding(
  candidates: ReadonlyMap<string, Candidate>,
): readonly (readonly [string, Candidate])[] {
  return [...candidates]
    .map(entry => ({ entry, standing: standingOf(...entry) }))
    .sort((a, b) => compare(a.standing, b.standing))
    .map(({ entry }) => entry)
}

/** A sort key. */
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

/** The versions of a profile that may be in use. */
function versionsOf({ compiled, last }: Candidate): readonly Profile[] {
  return [...('profile' in compiled ? [compiled.profile] : []), ...(last ? [last] : [])]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function isStanding({ object }: Candidate): boolean {
  return acceptedCondition(object)?.['status'] === 'True'
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
