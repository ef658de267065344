import { type JsonObject, objectAt, objectsIn } from '../../../src/json/json.ts'
import type { RolloutStatus } from '../../../src/profile/rollout/rollout-status.ts'
import { timeText, withMetadata } from './memory-api.ts'
import type { Forgery } from './story.ts'

/** A Pod as somebody leaves it who may change Pods, and writes there what only Pillion should. */
export function forged(
  pod: JsonObject,
  what: Forgery,
  {
    now,
    status: { canary = '', stable = '' } = {} as RolloutStatus,
  }: { readonly now: number; readonly status: RolloutStatus | undefined },
): JsonObject {
  const annotations = objectAt(pod, 'metadata', 'annotations')
  const text = String(annotations[key])
  const withStatus = (status: string | undefined) => {
    const { [key]: _, ...others } = annotations
    return withMetadata(pod, { annotations: { ...others, ...(status !== undefined && { [key]: status }) } })
  }
  const claiming = (more: JsonObject) => {
    try {
      const status = JSON.parse(text) as { profiles: { agent: JsonObject } }
      return withStatus(
        JSON.stringify({ ...status, profiles: { agent: { ...status.profiles.agent, ...more } } }),
      )
    } catch {
      return pod
    }
  }
  const updated = (from: string, at: number) => ({ updated: { from, at: timeText(at), restarts: ['agent'] } })
  switch (what) {
    case 'an update now':
      return claiming(updated(stable, now))
    case 'an update in the future':
      return claiming(updated(canary, now + 86_400_000))
    case 'an update of an unknown revision':
      return claiming(updated('0123456789', now - 5_000))
    case 'the canary':
      return claiming({ revision: canary })
    case 'an unknown revision':
      return claiming({ revision: '0123456789', ...updated('__proto__', 0) })
    case 'another image': {
      const spec = objectAt(pod, 'spec')
      const initContainers = objectsIn(spec['initContainers']).map(each => ({
        ...each,
        image: 'agent:9-hangs',
      }))
      return { ...pod, spec: { ...spec, initContainers } }
    }
    case 'no status':
      return withStatus(undefined)
    case 'garbage':
      return withStatus(
        '{"profiles":{"agent":{"revision":[],"updated":{"at":1,"restarts":{}},"containers":7}}}',
      )
  }
}

const key = 'pillion.dev/status'
