import { createHash } from 'node:crypto'
import { limits } from '../../limits/limits.ts'
import { truncate } from '../../problems/truncate.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { RetryOptions } from '../api/backoff.ts'
import type { FoundPod } from './found-pod.ts'

interface PodEventOptions extends Omit<RetryOptions, 'backoff'> {
  /** The replica that writes the Events. */
  readonly identity: string
  /** Maximum number of new Events in a pass; the next pass writes the rest. */
  readonly mostPerPass?: number
}

/**
 * Events on Pods with a shortfall, for `kubectl describe pod`. An Event is named after the Pod and the kind of shortfall,
 * so that replicas do not repeat each other. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function podEvents(api: Api, options: PodEventOptions) {
  const { identity, failed, signal, mostPerPass = 1_000 } = options
  const saidAt = new Map<string, number>()
  let left = mostPerPass
  let hasFailed = false

  return {
    /** Begins a new pass. */
    begin(): void {
      left = mostPerPass
      hasFailed = false
      for (const [name, at] of saidAt) if (performance.now() - at > rememberedMs) saidAt.delete(name)
    },
    /** Writes an Event about a Pod; again only when the API server has deleted it. */
    async say(pod: FoundPod): Promise<void> {
      const key = `${pod.uid}/${pod.kind}`
      if (left <= 0 || saidAt.has(key)) return
      left -= 1
      const path = `/api/v1/namespaces/${pod.namespace}/events`
      const answer = await api.request('POST', path, { body: eventOn(pod, identity), signal })
      if (answer.ok || answer.reason === 'AlreadyExists') {
        saidAt.set(key, performance.now())
        return
      }
      // In a namespace that is being deleted, nothing can be created.
      const isEnding = answer.reason === 'Forbidden' && answer.message.includes('being terminated')
      // Once in a pass: without the permission to create Events, each request fails.
      if (!hasFailed && !isEnding) failed(`${path}: ${describeFailure(answer)}`)
      hasFailed ||= !isEnding
    },
  }
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
 * A user who may read Events is perhaps not allowed to read Pods. So the message has the names of the Pod and of profiles,
 * and nothing of the Pod's contents.
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
    remedy: 'The Pod that replaces it gets the current one.',
  },
  Denied: { what: 'would be denied now', remedy: 'Until this is fixed, no Pod can replace it.' },
} as const

// The API server allows names of 253 and messages of 1,024 characters, and keeps an Event for an hour.
const maxPodName = 230
const maxMessage = 1_000
const rememberedMs = 60 * 60_000
