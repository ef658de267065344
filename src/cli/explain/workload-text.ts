import type { Decision } from '../../engine/decision.ts'
import type { Shortfall } from '../../engine/missed.ts'
import type { Pod } from '../../engine/pod.ts'
import type { WebhookCall } from '../../engine/select/call-path.ts'
import { statusOf } from '../../engine/status/status.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Finding } from '../checks/finding.ts'
import { explanation } from './decision-text.ts'

/** All there is to say about a workload of a cluster. */
export interface LiveExplanation {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  /** What the API server does with each webhook when one of its Pods is created; absent when that cannot be seen. */
  readonly calls?: readonly WebhookCall[]
  /** What is known of whom it calls. */
  readonly server: readonly Finding[]
  /** About a Pod that is created now; absent when no profile could be seen. */
  readonly decision?: Decision
  /** The names of the profiles that its Pods may ask for. */
  readonly known: readonly string[]
  readonly pods: readonly PodState[]
  /** How its Pods are replaced, where any of them falls short. */
  readonly restart?: string
  /** What could not be seen. */
  readonly notes: readonly string[]
}

/** What was injected into one Pod, and what it lacks. */
export interface PodState {
  readonly name: string
  readonly carried: readonly Carried[]
  readonly shortfall?: Shortfall
}

/** A profile that a Pod's status names. */
export interface Carried {
  readonly profile: string
  /** When the Pod was created. */
  readonly revision: string
  /** Of the profile now; absent when it is gone. */
  readonly revisionNow?: string
}

/** What the status annotation of a Pod says was injected, against the profiles as they are now. */
export function carriedBy(pod: Pod, namespace: string, profiles: Profiles): readonly Carried[] {
  return Object.entries(statusOf(pod)?.profiles ?? {}).map(([profile, { revision }]) => {
    const now = profiles.find(profile, namespace)
    return { profile, revision, ...(now && { revisionNow: now.revision }) }
  })
}

/** For a person: the request's way, what would be injected now, what was injected then, and what to do. */
export function printed(explained: LiveExplanation): string {
  const { kind, name, namespace, calls, server, pods, restart, notes } = explained
  return [
    `${kind}/${name} in namespace ${namespace}`,
    ...section('would the API server ask Pillion?', [
      ...(calls?.length === 0 ? [nobody] : (calls ?? []).map(callLine)),
      ...server.filter(({ status }) => status !== 'ok').map(findingLine),
    ]),
    ...section('what would Pillion do now?', decisionLines(explained)),
    ...section('what do its Pods carry?', pods.map(podLine)),
    ...section(
      'how do they get what they lack?',
      restart === undefined ? [] : adviceLines(explained, restart),
    ),
    ...section('what could not be seen?', notes),
    '',
  ].join('\n')
}

/** The same as JSON. */
export function printedJson({ decision, ...explained }: LiveExplanation): string {
  const { patch: _, ...said } = decision ?? {}
  return `${JSON.stringify({ ...explained, decision: decision ? said : null }, null, 2)}\n`
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.flatMap(indented)]
}

const nobody = 'no: there is no MutatingWebhookConfiguration of that name (--name names another one)'

function callLine({ webhook, outcome, because, failurePolicy }: WebhookCall): string {
  const fails = { Ignore: 'the Pod starts without it', Fail: 'the Pod is refused' }[failurePolicy] ?? ''
  const policy =
    outcome === 'not called' ? '' : ` If the call fails, ${fails} (failurePolicy ${failurePolicy}).`
  return `${webhook}: ${outcome}: ${because}.${policy}`
}

function findingLine({ name, status, message, hint }: Finding): string {
  return `${name}: ${status}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

function decisionLines({ decision, known }: LiveExplanation): readonly string[] {
  if (!decision) return ['not known: no profile could be seen']
  return explanation(decision, known).trimEnd().split('\n')
}

function podLine({ name, carried, shortfall }: PodState): string {
  const profiles = carried.map(carriedText).join(', ') || 'nothing'
  return `${name}: ${profiles}${shortfall ? `\n  ${shortfall.kind}: ${shortfall.message}` : ''}`
}

function carriedText({ profile, revision, revisionNow }: Carried): string {
  if (revisionNow === revision) return `${profile}@${revision}`
  return `${profile}@${revision} (${revisionNow === undefined ? 'no such profile now' : `${revisionNow} now`})`
}

function adviceLines({ calls, decision }: LiveExplanation, restart: string): readonly string[] {
  if (decision?.outcome === 'denied') return ['first correct what is refused, then replace them:', restart]
  const isNotAsked = calls?.every(({ outcome }) => outcome === 'not called') ?? false
  const notAsked =
    'a new Pod would lack it, too, because the API server does not ask Pillion about it. When it does:'
  return [...(isNotAsked ? [notAsked] : []), restart]
}

function indented(text: string): readonly string[] {
  return text.split('\n').map(line => `  ${line}`)
}
