import type { Decision, RevisionBecause } from '../../engine/decision.ts'
import type { Shortfall } from '../../engine/missed.ts'
import type { Mistake } from '../../engine/mistakes/mistake.ts'
import type { Namespace, Pod } from '../../engine/pod.ts'
import { dueOf } from '../../engine/revise/revise.ts'
import type { WebhookCall } from '../../engine/select/call-path.ts'
import { statusOf } from '../../engine/status/status.ts'
import { decisionText } from '../../explain/decision-text.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Finding } from '../checks/finding.ts'

/** The explanation of a workload in a cluster. */
export interface WorkloadExplanation {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  /** Which webhooks the API server calls when one of its Pods is created; absent when that cannot be read. */
  readonly calls?: readonly WebhookCall[]
  /** Findings about the Service and the certificate that it calls. */
  readonly server: readonly Finding[]
  /** The decision about a Pod that is created now; absent when no profile could be read. */
  readonly decision?: Decision
  readonly requestedBy?: string
  /** Mistakes of its author: annotations and labels without effect. */
  readonly mistakes: readonly Mistake[]
  /** The names of the profiles that its Pods can request. */
  readonly known: readonly string[]
  readonly pods: readonly PodState[]
  /** How to replace its Pods, when one of them lacks something. */
  readonly restart?: string
  /** What could not be read, and why. */
  readonly notes: readonly string[]
}

/** What was injected into a Pod, and what it lacks. */
interface PodState {
  readonly name: string
  readonly carried: readonly InjectedProfile[]
  readonly shortfall?: Shortfall
}

/** A profile in the status annotation of a Pod. */
interface InjectedProfile {
  readonly profile: string
  /** At the time when the Pod was created. */
  readonly revision: string
  /** The revision that it would get now; absent if the profile or the pinned revision does not exist, or is not readable. */
  readonly revisionNow?: string
  readonly revisionBecause?: RevisionBecause
  /** The Pod pins a revision that does not exist. */
  readonly isPinGone?: true
  /** Whether it exists is not known, because not all profiles could be read. */
  readonly isUnreadable?: true
}

/** What was injected into a Pod, by its status annotation, with the revisions that it would get now. */
export function injectedInto(
  pod: Pod,
  namespace: Namespace,
  { profiles, areComplete }: { readonly profiles: Profiles; readonly areComplete: boolean },
): readonly InjectedProfile[] {
  return Object.entries(statusOf(pod)?.profiles ?? {}).map(([profile, { revision }]) => {
    const stable = profiles.find(profile, namespace.name)
    const due = stable && dueOf({ pod, namespace }, stable, profiles)
    const isUnreadable = !stable && !areComplete
    return {
      profile,
      revision,
      ...(due && { revisionNow: due.profile.revision, revisionBecause: due.because }),
      ...(stable && !due && { isPinGone: true }),
      ...(isUnreadable && { isUnreadable }),
    }
  })
}

/** As text: which webhooks are called, what would be injected now, what was injected, and what to do. */
export function workloadText(explained: WorkloadExplanation): string {
  const { kind, name, namespace, calls, server, pods, restart, notes } = explained
  return [
    `${kind}/${name} in namespace ${namespace}`,
    ...section('does the API server call Pillion?', [
      ...(calls?.length === 0 ? [notInstalled] : (calls ?? []).map(callLine)),
      ...server.filter(({ status }) => status !== 'ok').map(findingLine),
    ]),
    ...section('what would Pillion do now?', decisionLines(explained)),
    ...section('what was injected into its Pods?', pods.map(podLine)),
    ...section(
      'how do its Pods get what is missing?',
      restart === undefined ? [] : adviceLines(explained, restart),
    ),
    ...section('what could not be read?', notes),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.flatMap(indented)]
}

const notInstalled = 'no: there is no MutatingWebhookConfiguration of that name (--name names another one)'

function callLine({ webhook, outcome, because, failurePolicy }: WebhookCall): string {
  const fails = { Ignore: 'the Pod starts without it', Fail: 'the Pod is denied' }[failurePolicy] ?? ''
  const policy =
    outcome === 'not called' ? '' : ` If the call fails, ${fails} (failurePolicy ${failurePolicy}).`
  return `${webhook}: ${outcome}: ${because}.${policy}`
}

function findingLine({ name, status, message, hint }: Finding): string {
  return `${name}: ${status}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

function decisionLines({ decision, requestedBy, mistakes, known }: WorkloadExplanation): readonly string[] {
  if (!decision) return ['unknown: no profile could be read']
  return decisionText({ decision, requestedBy, mistakes }, known).trimEnd().split('\n')
}

function podLine({ name, carried, shortfall }: PodState): string {
  const profiles = carried.map(injectedText).join(', ') || 'nothing'
  return `${name}: ${profiles}${shortfall ? `\n  ${shortfall.kind}: ${shortfall.message}` : ''}`
}

function injectedText({
  profile,
  revision,
  revisionNow,
  revisionBecause,
  isPinGone,
  isUnreadable,
}: InjectedProfile): string {
  const carried = `${profile}@${revision}`
  if (revisionNow !== undefined) {
    const because = revisionBecause === 'stable' ? [] : [revisionBecause]
    const notes = [...(revisionNow === revision ? [] : [`now ${revisionNow}`]), ...because]
    return notes.length === 0 ? carried : `${carried} (${notes.join(', ')})`
  }
  if (isPinGone) return `${carried} (pins a revision that does not exist)`
  return `${carried} (this profile ${isUnreadable ? 'is not readable' : 'does not exist any more'})`
}

function adviceLines(explained: WorkloadExplanation, restart: string): readonly string[] {
  const { calls, decision } = explained
  if (decision?.outcome === 'denied') return ['first fix why they are denied, then replace them:', restart]
  if (isUnreachable(explained))
    return ['a new Pod would lack it as well: first repair Pillion (pillion doctor). Then:', restart]
  const isNotCalled = calls?.every(({ outcome }) => outcome === 'not called') ?? false
  const notCalled =
    'a new Pod would lack it as well, because the API server does not call Pillion for it. When it does:'
  return [...(isNotCalled ? [notCalled] : []), restart]
}

/** Whether Pillion is broken, so that no Pod can be injected. */
export function isUnreachable({ calls, server }: WorkloadExplanation): boolean {
  return calls?.length === 0 || server.some(({ status }) => status === 'broken')
}

function indented(text: string): readonly string[] {
  return text.split('\n').map(line => `  ${line}`)
}
