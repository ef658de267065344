import type { JsonObject } from '../json/json.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { decide } from './decide.ts'
import type { Cluster, Decision, InjectedNames, ProfileDecision, Subject } from './decision.ts'
import { asCreated } from './original/as-created.ts'
import { annotation, type Namespace, type Pod, pieceKey } from './pod.ts'
import type { Reason } from './reason.ts'
import { knownRevision } from './revise/revise.ts'
import { isCalledAsShipped } from './select/not-called.ts'
import { select } from './select/select.ts'
import { claimOf, isStillInjected, piecesOf, type Status, statusOf } from './status/status.ts'
import type { PodUpdate } from './update/pod-update.ts'
import { updateTo } from './update/update-to.ts'

/** What is wrong with a Pod that runs. */
export interface Shortfall {
  readonly kind: ShortfallKind
  /** For a person who may read the Pod: it may quote the Pod's annotations. */
  readonly message: string
  /** The names as they were asked for, sorted; of a denied Pod not all need exist. */
  readonly profiles: readonly string[]
  /** Of a denied Pod, why: all of it that may be said to others than who may read the Pod. */
  readonly reason?: Reason
}

/**
 * `Missed`: it lacks something that it asked for, and would get now. `Outdated`: it has an earlier revision.
 * `Denied`: it would be denied now, so that the one that replaces it cannot start.
 */
export type ShortfallKind = 'Missed' | 'Outdated' | 'Denied'

/**
 * What a live Pod lacks of what it asks for, found by deciding about it as if it were created now: a Pod that
 * has everything is left unchanged. What has changed around it since it was admitted (its namespace's
 * annotations, a container's image) makes it look different, and so a profile that its status claims counts as
 * carried when all that was claimed is there by name; for the rest the content decides. undefined when nothing
 * is wrong, when nobody asks, and for a Pod that is finished or being deleted.
 */
export function missed(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profiles: Profiles,
  cluster: Cluster,
): Shortfall | undefined {
  if (isOver(pod)) return undefined
  const status = statusOf(pod)
  const isAsking = isCalledAsShipped({ pod, namespace })
  const claimed = Object.keys(status?.profiles ?? {}).filter(name => profiles.find(name, namespace.name))
  const subject: Subject = {
    pod: asCreated(pod),
    namespace,
    isLive: true,
    operation: 'CREATE',
    // Injected into its manifest, or asking no longer: then what it carries may be old, and nothing is missing.
    ...(!isAsking && { requested: claimed.join(',') }),
  }
  const decision = decide(subject, profiles, cluster)
  const unspoken = unspokenOf(decision, subject, status, profiles, cluster)
  const found = [...decision.profiles, ...unspoken].flatMap(profile => {
    const update = updateOf(profile, { pod, namespace }, status, profiles, cluster)
    const kind = kindOf(profile, pod, status, decision.warnings, update)
    return kind && (isAsking || kind === 'Outdated') ? [{ kind, profile, update }] : []
  })
  return shortfall(found, decision, status)
}

/** Whether `missed` may have something to say of a Pod, by its metadata alone. */
export function mayBeMissed(pod: Pick<Pod, 'metadata'>, namespace: Namespace): boolean {
  const { metadata } = pod
  if (metadata?.['deletionTimestamp'] !== undefined) return false
  return (
    isCalledAsShipped({ pod, namespace }) || Object.hasOwn(metadata?.annotations ?? {}, annotation.status)
  )
}

// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
function isOver({ metadata, status }: Pod): boolean {
  const { phase } = (status ?? {}) as JsonObject
  return phase === 'Succeeded' || phase === 'Failed' || metadata?.['deletionTimestamp'] !== undefined
}

/**
 * A denial speaks of what it is about and of nothing else. Where it may be one in appearance only, the
 * profiles that the Pod does not carry are decided about by themselves.
 */
function unspokenOf(
  { outcome, profiles: spoken }: Decision,
  subject: Subject,
  status: Status | undefined,
  profiles: Profiles,
  cluster: Cluster,
): readonly ProfileDecision[] {
  if (outcome !== 'denied') return []
  if (spoken.some(each => each.outcome === 'denied' && !dependsOnContent.has(each.reason))) return []
  const selection = select(subject, profiles, cluster)
  const asked = 'skipped' in selection ? [] : selection.profiles.map(({ name }) => name)
  const rest = asked.filter(name => !claimOf(name, status) && spoken.every(each => each.name !== name))
  if (rest.length === 0) return []
  const { metadata } = subject.pod
  const annotations = { ...metadata?.annotations, [annotation.inject]: rest.join(',') }
  const pod = { ...subject.pod, metadata: { ...metadata, annotations } }
  return decide({ ...subject, pod }, profiles, cluster).profiles
}

/** What a Pod with another revision needs; undefined if it has the right one, or if its own one is not known any more. */
function updateOf(
  { name, revision }: ProfileDecision,
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  status: Status | undefined,
  profiles: Profiles,
  cluster: Cluster,
): PodUpdate | undefined {
  const has = claimOf(name, status)?.revision
  const stable = profiles.find(name, namespace.name)
  // Most Pods have the right one: the sweep looks at each Pod, so nothing is compared then.
  if (!stable || has === revision) return undefined
  const [own, target] = [has, revision].map(each => each && knownRevision(stable, each, profiles))
  return own && target ? updateTo({ pod, namespace }, stable, target, profiles, cluster) : undefined
}

function kindOf(
  { name, revision, outcome, reason, injected }: ProfileDecision,
  pod: Pod,
  status: Status | undefined,
  warnings: readonly string[],
  update: PodUpdate | undefined,
): ShortfallKind | undefined {
  if (outcome === 'skipped') return undefined
  if (outcome === 'denied' && !dependsOnContent.has(reason)) return 'Denied'
  const claimed = claimOf(name, status)
  if (!claimed || !isStillInjected(claimed, pod)) return uncarried[outcome]
  const keysOf = (names: InjectedNames) => new Set(piecesOf(names).map(pieceKey))
  const [has, due] = [keysOf(claimed), keysOf(injected ?? claimed)]
  if (claimed.revision === revision) {
    return due.isSubsetOf(has) && has.size > 0 ? undefined : uncarried[outcome]
  }
  const isTheSame = update
    ? update.kind === 'metadata' && update.fields.length === 0 && due.isSubsetOf(has) && has.size > 0
    : outcome === 'unchanged' && has.isSubsetOf(due) && warnings.length === 0
  return isTheSame ? undefined : 'Outdated'
}

const uncarried = { injected: 'Missed', denied: 'Denied', unchanged: undefined } as const

/** A Pod that has what it asked for may look as if it could not get it. */
const dependsOnContent: ReadonlySet<Reason> = new Set(['Conflict', 'OrderCycle', 'RequirementNotMet'])

interface Found {
  readonly kind: ShortfallKind
  readonly profile: ProfileDecision
  readonly update: PodUpdate | undefined
}

/** One Pod, one word: what keeps its replacement from starting comes first, then what it lacks. */
function shortfall(
  found: readonly Found[],
  decision: Decision,
  status: Status | undefined,
): Shortfall | undefined {
  const kind = order.find(each => found.some(one => one.kind === each))
  if (!kind) return undefined
  const concerned = new Map(found.filter(one => one.kind === kind).map(one => [one.profile.name, one]))
  const profiles = [...concerned.keys()].sort()
  const carried = ({ profile: { name, revision }, update }: Found) =>
    `${name} in revision ${claimOf(name, status)?.revision}, which is ${revision} now${update ? ` (${needs(update)})` : ''}`
  const messages = {
    Denied: () => `would be denied now: ${decision.message}`,
    Missed: () => `runs without what it asked for: ${profiles.join(', ')}`,
    Outdated: () => `carries ${[...concerned.values()].map(carried).join('; ')}`,
  }
  return { kind, message: messages[kind](), profiles, ...(kind === 'Denied' && { reason: decision.reason }) }
}

function needs({ kind, because }: PodUpdate): string {
  return kind === 'recreate' ? `it must be recreated: ${because}` : 'it can be updated in place'
}

const order = ['Denied', 'Missed', 'Outdated'] as const
