import { createHash } from 'node:crypto'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { truncate } from '../../problems/truncate.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { RetryOptions } from '../api/backoff.ts'
import type { EvictedPod } from './evictions.ts'
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

  async function isWritten(body: EventBody): Promise<boolean> {
    const path = `/api/v1/namespaces/${body.metadata.namespace}/events`
    const answer = await api.request('POST', path, { body, signal })
    if (answer.ok || answer.reason === 'AlreadyExists') return true
    // In a namespace that is being deleted, nothing can be created.
    const isEnding = answer.reason === 'Forbidden' && answer.message.includes('being terminated')
    // Reported once in a pass: without the permission to create Events, each request fails.
    if (!hasFailed && !isEnding) failed(`${path}: ${describeFailure(answer)}`)
    hasFailed ||= !isEnding
    return false
  }

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
      if (await isWritten(eventOn(pod, findingOn(pod), identity))) saidAt.set(key, performance.now())
    },
    /** Writes that a Pod was evicted, and why. */
    async sayEvicted(pod: EvictedPod): Promise<void> {
      await isWritten(eventOn(pod, evictionOf(pod), identity))
    },
  }
}

type EventBody = JsonObject & { readonly metadata: { readonly namespace: string; readonly name: string } }

interface Said {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly message: string
}

function eventOn({ namespace, name, uid, controller }: FoundPod, said: Said, identity: string): EventBody {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const hash = createHash('sha256').update(`${uid}/${said.reason}`).digest('hex').slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${name.slice(0, maxPodName)}.${hash}` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    ...(controller && { related: { ...controller, namespace } }),
    ...said,
    message: truncate(said.message, maxMessage),
    source: { component: 'pillion' },
    reportingComponent: 'pillion.dev/sweep',
    reportingInstance: identity,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  }
}

/**
 * A user who may read Events is perhaps not allowed to read Pods. So the message has the names of the Pod, its controller
 * and of profiles, and nothing else from the Pod.
 */
function findingOn({ kind, reason, profiles, namespace, name }: FoundPod): Said {
  const { type, what, remedy } = findings[kind]
  const because = reason === undefined ? '' : ` (${reason})`
  const details = `For details: pillion explain pod ${name} -n ${namespace}`
  return {
    type,
    reason: `Injection${kind}`,
    action: 'Sweep',
    message: `${what}${because}${listed(profiles)}. ${remedy} ${details}`,
  }
}

const findings = {
  Missed: {
    type: 'Warning',
    what: 'runs without what it asked for',
    remedy: 'The Pod that replaces it gets it.',
  },
  // Nobody has to act: the Pod has what it asked for when it was created.
  Outdated: {
    type: 'Normal',
    what: 'has an earlier revision of a profile',
    remedy: 'The Pod that replaces it gets the current one.',
  },
  Denied: {
    type: 'Warning',
    what: 'would be denied now',
    remedy: 'Until this is fixed, no Pod can replace it.',
  },
} as const

function evictionOf({ profiles, controller: { kind, name } }: EvictedPod): Said {
  return {
    type: 'Normal',
    reason: 'EvictedByPillion',
    action: 'Evict',
    message: `Pillion evicted the Pod, because it ran without what it asked for${listed(profiles)}. ${kind} ${name} creates a Pod that gets it.`,
  }
}

function listed(profiles: readonly string[]): string {
  const shown = profiles.slice(0, limits.namesInMessage)
  const rest = profiles.length - shown.length
  if (shown.length === 0) return ''
  return `; profiles: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

// The API server allows names of 253 and messages of 1,024 characters, and keeps an Event for an hour.
const maxPodName = 230
const maxMessage = 1_000
const rememberedMs = 60 * 60_000
