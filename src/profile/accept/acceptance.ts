import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import { cycleProblem, type OrderGraph, orderGraph } from '../order/profile-cycles.ts'
import { excesses } from '../pod-security/level.ts'
import type { Profile } from '../profile.ts'
import { type AcceptanceReason, type Candidate, isPending, refusalOf, unreadable } from './candidate.ts'
import { compareText } from './namespace-quota.ts'
import { type Canary, collect, nameTaken, type Profiles } from './profiles.ts'
import { servingOf } from './serving.ts'

/** The result for one stored profile. */
export interface Verdict {
  /** The custom resource as it is stored. */
  readonly object: JsonObject
  /** Whether nothing is wrong with it. While no leader has verified and accepted it (`isPending`), another one may be in use. */
  readonly accepted: boolean
  readonly reason: AcceptanceReason
  /** Why it is not accepted: all that is wrong, with field paths. */
  readonly problems: readonly Problem[]
  /** The current spec, compiled; absent if it cannot be compiled. */
  readonly profile?: Profile
  /** What Pods get: this spec or, while no leader has accepted it, the last accepted one; in a rollout, the stable revision. */
  readonly inUse?: Profile
  /** The revision that is being rolled out, and who gets it in place of `inUse`. */
  readonly canary?: Canary
  /** The revisions that the status names and that are not kept any more. */
  readonly missing?: readonly string[]
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
 * older ones. `servingOf` says which revision of a profile is in use. The labels of a namespace
 * (`labelsOf`) say what its SidecarProfiles may contain; while they are unknown, that is checked for each Pod only.
 */
export function accept(
  candidates: ReadonlyMap<string, Candidate>,
  labelsOf: Among['labelsOf'] = () => undefined,
): Acceptance {
  const taken = new Set([...candidates.values()].filter(each => !isNamespaced(each)).map(nameOf))
  const verdicts = new Map<string, Verdict>()
  const inUse: Profile[] = []
  const canaries = new Map<string, Canary>()
  const order = orderGraph([...candidates.values()].flatMap(versionsOf))
  const among = { taken, order, labelsOf }
  const byStanding = Array.from(candidates, ([key, each]) => ({ key, each, standing: standingOf(key, each) }))
  for (const { key, each } of byStanding.sort((a, b) => compareText(a.standing, b.standing))) {
    const verdict = judgeSafely(each, among)
    verdicts.set(key, verdict)
    if (verdict.inUse) inUse.push(verdict.inUse)
    if (verdict.inUse && verdict.canary) canaries.set(identityOf(verdict.inUse), verdict.canary)
  }
  const canaryOf = (profile: Profile) => canaries.get(identityOf(profile))
  return { profiles: { ...collect(inUse).profiles, canaryOf }, verdicts }
}

type Labels = Readonly<Record<string, string>>

export interface Acceptance {
  readonly profiles: Profiles
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** A profile that cannot be judged is not valid; the others are judged nevertheless. */
function judgeSafely(each: Candidate, among: Among): Verdict {
  try {
    const verdict = judge(each, among)
    // A pending spec will be in use soon.
    const soon = verdict.accepted ? verdict.profile : undefined
    for (const profile of new Set([verdict.inUse, verdict.canary?.profile, soon]))
      if (profile) among.order.add(profile)
    return verdict
  } catch (error) {
    return { object: each.object, accepted: false, reason: 'Invalid', problems: [unreadable(error)] }
  }
}

interface Among {
  /** The names of the cluster profiles. */
  readonly taken: ReadonlySet<string>
  readonly order: OrderGraph
  readonly labelsOf: (namespace: string) => Labels | undefined
}

function judge(each: Candidate, { taken, order, labelsOf }: Among): Verdict {
  const { object, compiled } = each
  const labels = isNamespaced(each) ? labelsOf(String(metadataOf(object)['namespace'])) : undefined
  const excessesOf = (profile: Profile) => (labels ? excesses(profile, labels) : [])
  const isShadowing = isNamespaced(each) && taken.has(nameOf(each))
  const [reason, problems] = isShadowing ? shadowing(each) : objection(each, order, excessesOf)
  const profile = 'profile' in compiled ? compiled.profile : undefined
  const accepted = reason === 'Accepted'
  // Not if it would shadow the profile of the admin, contains too much, or makes a cycle with the others now.
  const mayStay = (kept: Profile) => !isShadowing && excessesOf(kept).length === 0 && !order.cycleWith(kept)
  const { missing, ...serving } = servingOf(each, { accepted, mayStay })
  return {
    object,
    ...(profile && { profile }),
    accepted,
    reason,
    problems,
    ...serving,
    ...(missing.length > 0 && { missing }),
  }
}

type Objection = readonly [AcceptanceReason, readonly Problem[]]

function objection(
  { object, compiled, isBeyondQuota }: Candidate,
  order: OrderGraph,
  excessesOf: (profile: Profile) => readonly Problem[],
): Objection {
  if ('problems' in compiled) return [isBeyondQuota ? 'TooManyProfiles' : 'Invalid', compiled.problems]
  const tooMuch = excessesOf(compiled.profile)
  if (tooMuch.length > 0) return ['PodSecurity', tooMuch]
  const refusal = refusalOf(object)
  if (refusal !== undefined) return ['RefusedByApiServer', [{ path: [], message: refusal }]]
  const cycle = order.cycleWith(compiled.profile)
  return cycle ? ['OrderCycle', [cycleProblem(cycle)]] : ['Accepted', []]
}

function shadowing({ object, compiled }: Candidate): Objection {
  const problem = nameTaken({ kind: 'ClusterSidecarProfile', name: String(metadataOf(object)['name']) })
  return ['NameTaken', [...('problems' in compiled ? compiled.problems : []), problem]]
}

/**
 * A sort key. Cluster profiles come first, because those of a namespace give way to them. Of each, profiles without an
 * `order` come first, because they cause no cycle; then those accepted as they are, then the older ones.
 */
function standingOf(key: string, each: Candidate): string {
  const created = metadataOf(each.object)['creationTimestamp'] ?? ''
  return `${isNamespaced(each) ? 1 : 0}${isOrdered(each) ? 1 : 0}${isPending(each.object) ? 1 : 0}${created} ${key}`
}

function isOrdered(each: Candidate): boolean {
  const orders = versionsOf(each).flatMap(({ order, placement }) => [
    order,
    ...Array.from(placement.values(), placed => placed.order),
  ])
  return orders.some(({ before, after }) => before.length > 0 || after.length > 0)
}

/** The versions of a profile that may be in use. */
export function versionsOf({ compiled, named }: Candidate): readonly Profile[] {
  return [...('profile' in compiled ? [compiled.profile] : []), ...named.values()]
}

function identityOf({ kind, namespace = '', name }: Profile): string {
  return `${kind}/${namespace}/${name}`
}

function isNamespaced({ object }: Candidate): boolean {
  return metadataOf(object)['namespace'] !== undefined
}

function nameOf({ object }: Candidate): string {
  return String(metadataOf(object)['name'])
}
