import { createHash } from 'node:crypto'
import { limits } from '../../limits/limits.ts'
import { truncate } from '../../problems/truncate.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { FoundPod } from './found-pod.ts'

export interface PodEventOptions {
  /** Which replica says so. */
  readonly identity: string
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  /** How many new ones in a pass at most: the next pass says the rest. */
  readonly mostPerPass?: number
}

/** Events on Pods that fall short, for `kubectl describe pod`. */
export interface PodEvents {
  /** A new pass begins. */
  begin(): void
  /** Says once what is wrong with a Pod; again only when the API server has forgotten it. */
  say(pod: FoundPod): Promise<void>
}

/**
 * An Event has a name of its own for each Pod and kind of shortfall, so that no replica says again what
 * another one said. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function podEvents(api: Api, options: PodEventOptions): PodEvents {
  const { identity, failed, signal, mostPerPass = 1_000 } = options
  const saidAt = new Map<string, number>()
  let left = mostPerPass
  let hasFailed = false

  return {
    begin() {
      left = mostPerPass
      hasFailed = false
      for (const [name, at] of saidAt) if (performance.now() - at > rememberedMs) saidAt.delete(name)
    },
    async say(pod) {
      const key = `${pod.uid}/${pod.kind}`
      if (left <= 0 || saidAt.has(key)) return
      left -= 1
      const path = `/api/v1/namespaces/${pod.namespace}/events`
      const answer = await api.request('POST', path, { body: eventOn(pod, identity), signal })
      if (answer.ok || answer.reason === 'AlreadyExists') saidAt.set(key, performance.now())
      // Once a pass: without the right to create Events each of them fails.
      else if (!hasFailed && !isEnding(answer.reason, answer.message)) {
        hasFailed = true
        failed(`${path}: ${describeFailure(answer)}`)
      }
    },
  }
}

/** A namespace that is being deleted takes nothing new. */
function isEnding(reason: string | undefined, message: string): boolean {
  return reason === 'Forbidden' && message.includes('being terminated')
}

function eventOn(pod: FoundPod, identity: string): object {
  const { kind, namespace, name, uid } = pod
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const hash = createHash('sha256').update(`${uid}/${kind}`).digest('hex').slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${name.slice(0, maxPodName)}.${hash}` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    type: 'Warning',
    reason: `Injection${kind}`,
    action: 'Sweep',
    message: messageOf(pod),
    source: { component: 'pillion' },
    reportingComponent: 'pillion.dev/sweep',
    reportingInstance: identity,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  }
}

/**
 * Whoever may read Events need not be allowed to read Pods. So the message has what an admin wrote, the names of profiles
 * and of the Pod, and nothing of what is in the Pod.
 */
function messageOf({ kind, reason, profiles, namespace, name }: FoundPod): string {
  const shown = profiles.slice(0, limits.namesInMessage)
  const rest = profiles.length - shown.length
  const names = `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  const { what, remedy } = sentences[kind]
  const which = names === '' ? '' : `; profiles: ${names}`
  const because = reason === undefined ? '' : ` (${reason})`
  const message = `${what}${because}${which}. ${remedy} For details: pillion explain pod ${name} -n ${namespace}`
  return truncate(message, maxMessage)
}

const sentences = {
  Missed: { what: 'runs without what it asked for', remedy: 'The Pod that replaces it gets it.' },
  Outdated: {
    what: 'has an earlier revision of a profile',
    remedy: 'The Pod that replaces it gets the present one.',
  },
  Denied: { what: 'would be denied now', remedy: 'Until this is fixed, no Pod can replace it.' },
} as const

// A name has 253 characters at most, a message 1,024; the API server keeps an Event for an hour.
const maxPodName = 230
const maxMessage = 1_000
const rememberedMs = 60 * 60_000
