import { limits } from '../../limits/limits.ts'
import type { Api } from '../api/api.ts'
import type { RetryOptions } from '../api/backoff.ts'
import { type Said, writeEvent } from '../api/event.ts'
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
 * so that replicas do not repeat each other.
 */
export function podEvents(api: Api, options: PodEventOptions) {
  const { identity, failed, signal, mostPerPass = 1_000 } = options
  const saidAt = new Map<string, number>()
  let left = mostPerPass
  let hasFailed = false

  async function isWritten(pod: FoundPod, said: Said): Promise<boolean> {
    const { namespace, name, uid, controller } = pod
    const written = await writeEvent(api, said, {
      about: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      ...(controller && { related: { ...controller, namespace } }),
      component: 'pillion.dev/sweep',
      identity,
      id: `${uid}/${said.reason}`,
      signal,
    })
    if (typeof written === 'string') return written === 'written'
    // Reported once in a pass: without the permission to create Events, each request fails.
    if (!hasFailed) failed(written.problem)
    hasFailed = true
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
      if (await isWritten(pod, findingOn(pod))) saidAt.set(key, performance.now())
    },
    /** Writes that a Pod was evicted, and why. */
    async sayEvicted(pod: EvictedPod): Promise<void> {
      await isWritten(pod, evictionOf(pod))
    },
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

// The API server keeps an Event for an hour.
const rememberedMs = 60 * 60_000
