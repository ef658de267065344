import type { Api } from '../api/api.ts'
import type { RetryOptions } from '../api/backoff.ts'
import { type Said, writeEvent } from '../api/event.ts'
import type { ActiveRollout } from './rollout-judge.ts'
import type { RolloutPod } from './rollout-pod.ts'
import type { RolloutView } from './rollout-view.ts'

interface RolloutEventOptions extends Omit<RetryOptions, 'backoff'> {
  /** The replica that writes the Events. */
  readonly identity: string
}

/** What happened to a Pod, as `reason` of an Event. */
export type PodEventReason = keyof typeof actions

const actions = {
  Updating: 'Update',
  Updated: 'Update',
  UpdateFailed: 'Update',
  PutBack: 'PutBack',
  NeedsRecreate: 'Look',
  EvictedByPillion: 'Evict',
} as const

/**
 * Events on Pods that a rollout changes, for `kubectl describe pod`. An Event is named after the Pod, what happened, and the time
 * in the Pod's mark, so that the next leader does not repeat it. A message has names and revisions of profiles, and nothing
 * from the Pod but its containers that Pillion added: who may read Events is perhaps not allowed to read Pods.
 */
export function rolloutEvents(api: Api, { identity, failed, signal }: RolloutEventOptions) {
  const said = new Map<string, number>()
  let hasFailed = false

  /** Writes an Event about a Pod, once for each `occasion`. */
  async function say(
    { namespace, name, uid }: Pick<RolloutPod, 'namespace' | 'name' | 'uid'>,
    { key }: Pick<ActiveRollout, 'key'>,
    { reason, type = 'Normal', message, occasion }: PodSaid,
  ): Promise<void> {
    const id = `${uid}/${key}/${reason}/${occasion}`
    if (said.has(id)) return
    said.set(id, performance.now())
    const written = await writeEvent(
      api,
      { type, reason, action: actions[reason], message },
      {
        about: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
        component: 'pillion.dev/rollout',
        identity,
        id,
        signal,
      },
    )
    // Reported once in a while: without the permission to create Events, each request fails.
    if (typeof written === 'object' && !hasFailed && !signal.aborted) failed(written.problem)
    hasFailed = typeof written === 'object'
  }

  return {
    say,
    /** Says which Pods somebody must recreate; the next look says the rest. */
    async sayNeedsRecreate(views: readonly RolloutView[]): Promise<void> {
      let left = mostPerLook
      for (const { rollout, pods } of views) {
        if ((rollout.rollout.update ?? 'OnCreate') === 'OnCreate') continue
        for (const { pod, is } of pods) {
          const { due, revision, namespace, name, uid } = pod
          if (is.state !== 'needsRecreate' || said.has(`${uid}/${rollout.key}/NeedsRecreate/${due}`)) continue
          if (left <= 0) return
          left -= 1
          const message = `has revision ${revision} of profile ${rollout.name}, and Pillion cannot change it to ${due} in place: recreate the Pod. For details: pillion explain pod ${name} -n ${namespace}`
          await say(pod, rollout, { reason: 'NeedsRecreate', message, occasion: due })
        }
      }
    },
    /** Begins a new look: Events of long ago are no longer known. */
    begin(): void {
      for (const [id, at] of said) if (performance.now() - at > rememberedMs) said.delete(id)
    },
  }
}

interface PodSaid extends Omit<Said, 'action' | 'reason' | 'type'> {
  readonly reason: PodEventReason
  /** Default: `Normal`. */
  readonly type?: Said['type']
  /** What makes the Event another one than the last with this reason. */
  readonly occasion: string
}

const mostPerLook = 50
// The API server keeps an Event for an hour.
const rememberedMs = 60 * 60_000
