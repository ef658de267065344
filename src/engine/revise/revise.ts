import { pointerStep } from '../../json/pointer.ts'
import { listNames } from '../../problems/nearest.ts'
import type { Canary, Profiles } from '../../profile/accept/profiles.ts'
import { quoted } from '../../profile/parameters.ts'
import type { Profile } from '../../profile/profile.ts'
import { isRevision } from '../../profile/revision.ts'
import { bucketOf } from '../../profile/rollout/bucket.ts'
import { workloadOfPod } from '../../profile/rollout/workload.ts'
import { pinName } from '../../profile/schema/schema.ts'
import type { Decision, RevisionBecause, Subject } from '../decision.ts'
import { annotation, type Strings } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import { matchesLabels } from '../select/select.ts'
import { claimOf, isStillInjected, piecesOf, type Status, statusOf } from '../status/status.ts'

/** The revision of a profile that counts for a Pod. */
export interface Revised {
  readonly profile: Profile
  readonly because: RevisionBecause
  /** For `given`: the revision that the Pod would get otherwise. The Pod must fit its parameters and requirements, too. */
  readonly now?: Profile
  /** The Pod pins a revision that does not exist. */
  readonly refused?: Refusal
}

/**
 * The status of a Pod, and the revisions of the selected profiles that count for it. The first that speaks decides: the
 * annotation that pins a revision, an earlier call of the same admission, the canary, and the stable revision. An earlier
 * call counts because a profile may change between two calls, and the second call may reach another replica. Its revisions
 * are in `earlier`, if they are others; the rest is in `current`. A revision that this replica does not know does not count,
 * even if the status claims it. A Pod that runs has no earlier call.
 */
export function revise(
  selected: readonly Profile[],
  subject: RevisedSubject,
  profiles: Profiles,
): {
  readonly status: Status | undefined
  readonly current: readonly Revised[]
  readonly earlier?: readonly Revised[]
  /** Whether the Pod has what a decision with the earlier revisions gives. */
  readonly has: (earlier: Decision) => boolean
} {
  const status = statusOf(subject.pod)
  const claimed = selected.map(({ name }) => claimOf(name, status)?.revision)
  const current = selected.map(stable => chosen(stable, subject, profiles, status))
  const before = current.map((now, i): Revised => {
    const revision = subject.isLive || now.because === 'pinned' ? undefined : claimed[i]
    if (revision === undefined || revision === now.profile.revision) return now
    const profile = knownRevision(selected[i]!, revision, profiles)
    return profile ? { profile, because: 'given', now: now.profile } : now
  })
  return {
    status,
    current,
    ...(before.some(({ now }) => now) && { earlier: before }),
    has: decision => hasAllButNewContainers(decision, subject, status),
  }
}

/**
 * Whether a Pod has everything that a revision gives, except in app containers for which the status claims nothing: another
 * webhook added these after the earlier call.
 */
function hasAllButNewContainers(
  { outcome, patch }: Decision,
  { pod }: Pick<Subject, 'pod'>,
  status: Status | undefined,
): boolean {
  if (outcome === 'unchanged') return true
  if (outcome !== 'injected') return false
  const claimed = new Set(Object.values(status?.profiles ?? {}).flatMap(({ app = {} }) => Object.keys(app)))
  return patch.every(({ path }) => {
    if (path === statusPath) return true
    const [, spec, containers, index, list] = path.split('/')
    const container = pod.spec?.containers?.[Number(index)]
    const isInApp = spec === 'spec' && containers === 'containers' && list !== undefined
    return isInApp && container !== undefined && !claimed.has(container.name)
  })
}

const statusPath = `/metadata/annotations/${pointerStep(annotation.status)}`

type RevisedSubject = Pick<Subject, 'pod' | 'namespace' | 'isLive' | 'workload'>

/**
 * The revision of a profile that a Pod that runs would get now. `profile` is the stable revision. Undefined if the Pod pins
 * a revision that does not exist: then the Pod that replaces it would be denied.
 */
export function dueOf(
  subject: Pick<Subject, 'pod' | 'namespace' | 'workload'>,
  profile: Profile,
  profiles: Profiles,
): Pick<Revised, 'profile' | 'because'> | undefined {
  const due = chosen(profile, subject, profiles, statusOf(subject.pod))
  return due.refused ? undefined : due
}

function chosen(
  stable: Profile,
  subject: RevisedSubject,
  profiles: Profiles,
  status: Status | undefined,
): Revised {
  const pin = pinOf(stable.name, subject)
  if (pin) {
    const profile = isRevision(pin.value) ? kept(stable, pin.value, profiles) : undefined
    if (profile) return { profile, because: 'pinned' }
    return { profile: stable, because: 'pinned', refused: unknownRevision(stable, pin, profiles) }
  }
  const canary = profiles.canaryOf?.(stable)
  return canary && isInCanary(canary, subject, status)
    ? { profile: canary.profile, because: 'canary' }
    : { profile: stable, because: 'stable' }
}

/**
 * Whether a Pod gets the revision that is being rolled out. A workload is wholly in the canary or wholly out: nothing counts
 * that differs between its Pods, or between the Pod in the admission request and the Pod that runs, such as the labels that
 * profiles add.
 */
export function isInCanary(
  { profile, percent, namespaceSelector, podSelector }: Canary,
  { pod, namespace, workload = workloadOfPod(pod) }: RevisedSubject,
  status = statusOf(pod),
): boolean {
  if (percent !== undefined) return bucketOf(profile, { namespace: namespace.name, workload }) < percent
  if (namespaceSelector) return matchesLabels(namespaceSelector, namespace.labels)
  return podSelector !== undefined && matchesLabels(podSelector, ownLabels(pod, status))
}

function ownLabels({ metadata }: Subject['pod'], status: Status | undefined): Strings {
  const added = new Set(Object.values(status?.profiles ?? {}).flatMap(({ labels = [] }) => labels))
  const own = Object.entries(metadata?.labels ?? {}).filter(([key]) => !added.has(key))
  return Object.fromEntries(own)
}

/** A revision that is in use or that is kept. */
function kept(stable: Profile, revision: string, profiles: Profiles): Profile | undefined {
  if (revision === stable.revision) return stable
  const canary = profiles.canaryOf?.(stable)?.profile
  return canary?.revision === revision ? canary : profiles.revisionOf?.(stable, revision)
}

/** The same, or a revision that was in use a moment ago: this replica may be a moment behind the others, or before them. */
export function knownRevision(stable: Profile, revision: string, profiles: Profiles): Profile | undefined {
  return kept(stable, revision, profiles) ?? profiles.earlier?.(stable, revision)
}

export interface Pin {
  readonly key: string
  readonly value: string
  /** Whose annotation it is, unless it is the Pod's. */
  readonly of: string
}

/** The annotation that pins a revision of a profile: that of the Pod, or of its namespace. */
export function pinOf(name: string, { pod, namespace }: RevisedSubject): Pin | undefined {
  const key = `${annotation.prefix}${name}.${pinName}`
  const own = pod.metadata?.annotations ?? {}
  if (Object.hasOwn(own, key)) return { key, value: own[key]!, of: '' }
  const inherited = namespace.annotations
  if (!Object.hasOwn(inherited, key)) return undefined
  return { key, value: inherited[key]!, of: ` of namespace ${namespace.name}` }
}

function unknownRevision(stable: Profile, { key, value, of }: Pin, profiles: Profiles): Refusal {
  const { name, revision } = stable
  const all = profiles.revisionsOf?.(stable) ?? []
  const inUse = [profiles.canaryOf?.(stable)?.profile.revision ?? revision, revision]
  const what = isRevision(value)
    ? `profile ${name} has no revision ${quoted(value)}`
    : `${quoted(value)} is not a revision, which has 10 hex digits`
  const list = listNames([...new Set([...inUse.filter(each => !all.includes(each)), ...all])])
  const message = `annotation ${key}${of}: ${what}; pin one of ${list} (the newest first), or remove the annotation`
  const cause = { key, of: of === '' ? 'pod' : 'namespace', meant: revision } as const
  return refusal(stable, 'denied', because('UnknownRevision', message), cause)
}

/**
 * Whether the status of a Pod claims a revision that this replica does not know, and the Pod has, by name, everything that
 * the status claims for it. The revision may be from a replica that got an update first, or may be made up.
 */
export function hasUnknownRevision(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profiles: Profiles,
): boolean {
  return Object.entries(statusOf(pod)?.profiles ?? {}).some(([name, claimed]) => {
    const profile = profiles.find(name, namespace.name)
    if (!profile || knownRevision(profile, claimed.revision, profiles)) return false
    return !piecesOf(claimed).next().done && isStillInjected(claimed, pod)
  })
}
