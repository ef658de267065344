import { mostUnavailable } from '../../../src/cluster/rollout/budget.ts'
import { claimOf, statusOf } from '../../../src/engine/status/status.ts'
import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../../src/json/json.ts'
import { bucketOf } from '../../../src/profile/rollout/bucket.ts'
import { type RolloutStatus, rolloutStatusIn } from '../../../src/profile/rollout/rollout-status.ts'
import { workloadOfPod } from '../../../src/profile/rollout/workload.ts'
import type { Write } from './memory-api.ts'

/** What was true of the profile, and since when. */
interface Moment {
  readonly at: number
  readonly profile: JsonObject
}

interface RulesOptions {
  readonly now: () => number
  readonly imageOf: (revision: string) => string | undefined
  /** Whether a Pod with one revision can get another in place. */
  readonly isInPlace: (from: string, to: string) => boolean
  /** The Pods of a workload, or all. */
  readonly podsOf: (app?: string) => readonly JsonObject[]
  readonly say: (what: string) => void
}

/**
 * What must hold at each write, whoever leads. What a replica does is measured by what was true at some time in the last
 * two minutes: its informers lag, and what it has sent may arrive late.
 */
export function rules({ now, imageOf, isInPlace, podsOf, say }: RulesOptions) {
  let moments: readonly Moment[] = []
  /** Pods that Pillion made unavailable, by uid. */
  const disrupted = new Set<string>()
  const updated = new Set<string>()
  const forgotten = new Set<string>()

  /** When each Pod was written last, by uid. */
  const changedAt = new Map<string, number>()
  const wasUpdatedFrom = new Set<string>()

  const rolloutOf = ({ profile }: Moment) => objectAt(profile, 'spec', 'rollout')
  const statuses = () => moments.flatMap(({ profile }) => rolloutStatusIn(profile) ?? [])

  function remember(profile: JsonObject): void {
    const from = now() - recentMs
    // The one that was true at the beginning of that time, too.
    const first = moments.findLastIndex(({ at }) => at < from)
    moments = [...moments.slice(Math.max(0, first)), { at: now(), profile }]
  }

  function ofProfile({ by, before, after }: Write): void {
    const [was, is] = [before && rolloutStatusIn(before), rolloutStatusIn(after)]
    if (by !== undefined && was && is) endsStep(was, is)
    if (by !== undefined && was && is && was.canary === is.canary && was.stable === is.stable)
      sameRollout(was, is, after)
    remember(after)
  }

  function sameRollout(was: RolloutStatus, is: RolloutStatus, profile: JsonObject): void {
    const marks = objectAt(profile, 'metadata', 'annotations')
    const went = (is.step ?? 0) - (was.step ?? 0)
    if (went > 1 && !isSteered()) say(`the rollout went from step ${was.step} to ${is.step}`)
    if (was.phase === 'Degraded' && is.phase !== 'Degraded') {
      const resumedAt = Date.parse(String(marks['pillion.dev/resumed-at']))
      if (!(resumedAt > Date.parse(String(was.since)))) say('a failed rollout went on by itself')
    }
  }

  /** Whether somebody promoted the rollout, or edited its settings. */
  function isSteered(): boolean {
    const wasPromoted = moments.some(
      moment => objectAt(moment.profile, 'metadata', 'annotations')['pillion.dev/promote'] !== undefined,
    )
    return wasPromoted || new Set(moments.map(moment => JSON.stringify(rolloutOf(moment)))).size > 1
  }

  /** A step ends when all of its Pods have the revision and are ready. */
  function endsStep(was: RolloutStatus, is: RolloutStatus): void {
    const { canary, percent = 100 } = was
    const isOver =
      is.phase === 'Completed' ? is.stable === canary : is.canary === canary && is.step !== was.step
    const { update, paused } = rolloutOf(moments.at(-1) as Moment)
    if (
      canary === undefined ||
      !isOver ||
      isSteered() ||
      paused ||
      !(update === 'InPlace' || update === 'Recreate')
    )
      return
    for (const pod of podsOf()) {
      const { uid, name } = metadataOf(pod)
      const has = revisionIn(pod)
      const isOld = now() - (changedAt.get(String(uid)) ?? now()) > recentMs
      if (!isOld || forgotten.has(String(uid)) || has === undefined || bucketOfPod(pod) >= percent) continue
      const isLeft = has !== canary && (update === 'Recreate' || isInPlace(has, canary))
      if (isLeft || (has === canary && !isReady(pod)))
        say(`step ${was.step} ended without Pod ${String(name)}`)
    }
  }

  function ofPod({ by, verb, before, after }: Write): void {
    const uid = String(metadataOf(after)['uid'])
    changedAt.set(uid, now())
    if (by === undefined) {
      if (verb === 'delete' || isReady(after)) disrupted.delete(uid)
      return
    }
    const { name, labels } = metadataOf(after)
    if (objectAt({ labels: labels ?? {} }, 'labels')['pillion.dev/pull'] === 'true') return
    if (verb !== 'update' || !before) {
      say(`Pillion did "${verb}" to Pod ${String(name)}`)
      return
    }
    const isEvicted = metadataOf(after)['deletionTimestamp'] !== undefined
    if (!isEvicted) changed(before, after)
    const restarts = isEvicted || agentIn(before)?.['image'] !== agentIn(after)?.['image']
    if (restarts && isReady(before)) disrupts(after)
    if (restarts) disrupted.add(uid)
    if (restarts) updated.add(uid)
  }

  /** Nothing is lost of a Pod that Pillion changes, and it gets what was due. */
  function changed(before: JsonObject, after: JsonObject): void {
    const name = String(metadataOf(after)['name'])
    const own = (pod: JsonObject) =>
      JSON.stringify([
        objectAt(pod, 'spec')['containers'],
        { ...agentIn(pod), image: '', resources: '' },
        { ...metadataOf(pod), resourceVersion: '', annotations: '', labels: '' },
      ])
    if (own(before) !== own(after)) say(`Pillion changed more of Pod ${name} than it may`)
    const [was, is] = [revisionIn(before), revisionIn(after)]
    if (is === undefined) {
      say(`Pillion took the status from Pod ${name}`)
      return
    }
    const image = imageOf(is)
    if (was !== is && image !== undefined && image !== agentIn(after)?.['image'])
      say(`Pod ${name} has revision ${is}, and not its image`)
    if (was !== is && !mayGet(after, is)) say(`Pod ${name} got revision ${is}, which was not due`)
  }

  /** Whether the revision is the one that a failed Pod had before, or what the rollout gives to its workload. */
  function mayGet(pod: JsonObject, revision: string): boolean {
    const workload = workloadOfPod(pod)
    const namespace = String(metadataOf(pod)['namespace'])
    const bucket = bucketOf({ kind: 'ClusterSidecarProfile', namespace: undefined, name: 'agent' } as never, {
      namespace,
      workload,
    })
    return (
      statuses().some(
        ({ stable, canary, percent = 100, phase }) =>
          revision === stable || (revision === canary && phase !== 'Degraded' && bucket < percent),
      ) || wasUpdatedFrom.has(`${String(metadataOf(pod)['uid'])} ${revision}`)
    )
  }

  /** The Pod that Pillion makes unavailable is one of as many as the rollout allows. */
  function disrupts(pod: JsonObject): void {
    const { labels, name, uid } = metadataOf(pod)
    const app = String(objectAt({ labels: labels ?? {} }, 'labels')['app'])
    const pods = podsOf(app)
    const others = pods.filter(
      each => metadataOf(each)['uid'] !== uid && disrupted.has(String(metadataOf(each)['uid'])),
    )
    const most = Math.max(
      ...moments.map(moment => mostUnavailable(rolloutOf(moment) as never, Math.max(pods.length, 1))),
    )
    if (others.length + 1 > most)
      say(
        `workload ${app} has ${others.length + 1} unavailable Pods of ${pods.length} (${String(name)}), of which ${most} are allowed`,
      )
  }

  return {
    written(write: Write): void {
      if (write.resource === 'clustersidecarprofiles') ofProfile(write)
      if (write.resource !== 'pods') return
      const was = write.before && revisionIn(write.before)
      if (write.by !== undefined && was !== undefined)
        wasUpdatedFrom.add(`${String(metadataOf(write.after)['uid'])} ${was}`)
      ofPod(write)
    },
    /** Somebody else has changed the Pod: it does not count any more. */
    forget(pod: JsonObject): void {
      const uid = String(metadataOf(pod)['uid'])
      for (const each of [disrupted, updated]) each.delete(uid)
      forgotten.add(uid)
    },
    /** When nothing happens any more, no Pod is down by an update: what failed has its earlier revision again. */
    atRest(): void {
      const { update } = rolloutOf(moments.at(-1) as Moment)
      const stable = statuses().at(-1)?.stable
      if (update !== 'InPlace' && update !== 'Recreate') return
      for (const pod of podsOf()) {
        const { uid, name } = metadataOf(pod)
        const has = revisionIn(pod)
        // The rollout was over when the container crashed: with a short minReadySeconds this can happen.
        if (updated.has(String(uid)) && !isReady(pod) && has !== stable)
          say(`Pod ${String(name)} is left with revision ${has}, with which it is not ready`)
      }
    },
  }
}

const recentMs = 120_000

/** The share of the workloads at which the canary reaches the Pod. */
function bucketOfPod(pod: JsonObject): number {
  const profile = { kind: 'ClusterSidecarProfile', name: 'agent' } as const
  const namespace = String(metadataOf(pod)['namespace'])
  return bucketOf(profile, { namespace, workload: workloadOfPod(pod) })
}

export function agentIn(pod: JsonObject): JsonObject | undefined {
  return objectsIn(objectAt(pod, 'spec')['initContainers']).find(({ name }) => name === 'agent')
}

export function revisionIn(pod: JsonObject): string | undefined {
  const revision = claimOf('agent', statusOf(pod as never))?.revision
  return typeof revision === 'string' ? revision : undefined
}

export function isReady(pod: JsonObject): boolean {
  return objectsIn(objectAt(pod, 'status')['conditions']).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  )
}
