import type { Namespace } from '../../engine/pod.ts'
import type { PodUpdate } from '../../engine/update/pod-update.ts'
import type { JsonObject } from '../../json/json.ts'
import { listNames } from '../../problems/nearest.ts'
import type { Api } from '../api/api.ts'
import { countsForReadiness, disruptionBudgets } from './disruption-budgets.ts'
import { type flights, occasionOf, type Step } from './flights.ts'
import type { holds } from './holds.ts'
import type { podRecords } from './pod-records.ts'
import { stateOf } from './pod-state.ts'
import { applyPatches } from './pod-step.ts'
import { type ImagePull, pullsOf } from './pull-pod.ts'
import { type EvictionAnswer, recreations } from './recreation.ts'
import type { rolloutEvents } from './rollout-event.ts'
import type { ActiveRollout, RolloutJudge } from './rollout-judge.ts'
import type { RolloutPod } from './rollout-pod.ts'
import { type RolloutView, stateWithOwn } from './rollout-view.ts'

export interface PodUpdatesOptions {
  readonly judge: RolloutJudge
  readonly namespaceOf: (name: string) => Namespace
  readonly records: ReturnType<typeof podRecords>
  readonly events: ReturnType<typeof rolloutEvents>
  readonly flights: ReturnType<typeof flights>
  readonly holds: ReturnType<typeof holds>
  /** The API server's clock, in milliseconds since 1970. */
  readonly now: () => number
  readonly stepped: (step: Step) => void
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/** No request to the API server would succeed now. */
export class ApiUnavailable extends Error {
  readonly afterMs: number | undefined

  constructor(message: string, afterMs: number | undefined) {
    super(message)
    this.afterMs = afterMs
  }
}

/**
 * Changes one Pod at a time. Each change begins with a new look at the Pod, so that nothing is overwritten that somebody
 * changed meanwhile. The status in the Pod is written with the change, so a leader that stops at any moment leaves no Pod
 * half updated.
 */
export function podUpdates(api: Api, options: PodUpdatesOptions) {
  const { judge, namespaceOf, records, events, flights, holds, now, stepped, failed, signal } = options
  const budgets = disruptionBudgets(api, { matchesLabels: judge.matchesLabels, signal })
  const recreation = recreations(api, signal)
  const time = () => new Date(now()).toISOString()

  /** The Pod as it is now; undefined unless it still is in this state. */
  async function readAgain(pod: RolloutPod, rollout: ActiveRollout, state: 'outdated' | 'failed') {
    const fresh = await records.read(pod)
    const record = records.get(pod.uid, rollout.key)
    if (!fresh || !record || record.pod.isOver) return undefined
    const stateIn = state === 'failed' ? stateWithOwn : stateOf
    return stateIn(record.pod, rollout, now()).state === state ? fresh : undefined
  }

  function ended(
    { kind, at }: Started,
    result: Step['result'],
    pod: RolloutPod,
    { name: profile }: ActiveRollout,
  ) {
    const { namespace, name } = pod
    stepped({ kind, result, durationMs: now() - at, profile, namespace, name })
  }

  /** Deals with an answer; returns whether the Pod was changed. */
  function isChanged(answer: EvictionAnswer, pod: RolloutPod, view: RolloutView, step: Started): boolean {
    const { rollout, failures } = view
    const { namespace, name, uid } = pod
    if (answer.result === 'changed') {
      holds.release(uid)
      if (answer.pod) records.put(answer.pod)
      return true
    }
    // The request may have been carried out although its answer was lost, or another leader was first.
    if (answer.result === 'later' || answer.result === 'gone') records.doubt(uid)
    if (answer.result === 'waits') holds.hold(uid, answer.why, waitsTicks)
    else if (answer.result === 'gone') {
      holds.hold(uid, 'somebody changed or deleted the Pod meanwhile', 2)
      ended(step, 'gone', pod, rollout)
    } else if (answer.result === 'refused') {
      holds.postpone(uid, 'the API server refused the update')
      const message = `the API server refuses the update: ${answer.message}`
      if (step.kind !== 'putBack') failures.push({ namespace, name, reason: 'RefusedByApiServer', message })
      else failed(`Pod ${namespace}/${name} cannot be put back: ${answer.message}`)
      ended(step, 'refused', pod, rollout)
    } else {
      holds.postpone(uid, 'a request to the API server failed', answer.afterMs)
      if (answer.isOverall) throw new ApiUnavailable(answer.message, answer.afterMs)
      failed(`the update of Pod ${namespace}/${name}: ${answer.message}`)
    }
    return false
  }

  async function patch(
    fresh: JsonObject,
    pod: RolloutPod,
    view: RolloutView,
    update: PodUpdate,
  ): Promise<void> {
    const { uid } = pod
    const { kind, restarts } = update
    if (kind === 'none' || kind === 'recreate') return
    if (countsForReadiness(fresh, restarts)) {
      const budget = await budgets.protecting(fresh)
      if (budget !== undefined)
        return holds.hold(uid, `the PodDisruptionBudget ${budget} allows no disruption now`, waitsTicks)
    }
    const answer = await applyPatches(api, pod, update, signal)
    if (!isChanged(answer, pod, view, { kind, at: now() })) return
    if (restarts.length > 0) await budgets.disrupted(fresh)
    flights.begin(records.get(uid, view.rollout.key)?.pod ?? pod, view.rollout, kind)
    const ends =
      restarts.length === 0 ? 'no container restarts' : `these containers restart: ${listNames(restarts)}`
    const message = `Pillion changes profile ${update.profile} from revision ${update.from} to ${update.to} in place; ${ends}`
    const changed = records.get(uid, view.rollout.key)?.pod ?? pod
    await events.say(changed, view.rollout, { reason: 'Updating', message, occasion: occasionOf(changed) })
  }

  async function evict(
    fresh: JsonObject,
    pod: RolloutPod,
    view: RolloutView,
    update: PodUpdate,
  ): Promise<void> {
    const { rollout } = view
    if (update.isDenied) return holds.hold(pod.uid, 'a replacement would be denied', deniedTicks)
    const step = { kind: 'recreate', at: now() } as const
    const answer = await recreation.evict(fresh, rollout.rollout)
    if (!isChanged(answer, pod, view, step)) return
    flights.evicted(pod, view)
    const message = `Pillion evicted the Pod, so that it is replaced by one with revision ${update.to} of profile ${update.profile}; it had ${update.from}`
    await events.say(pod, rollout, { reason: 'EvictedByPillion', message, occasion: update.to })
    ended(step, 'done', pod, rollout)
    await records.read(pod)
  }

  return {
    /** Updates a Pod whose turn it is, if its node has the images. Throws an `ApiFailure` or `ApiUnavailable`. */
    async update(
      pod: RolloutPod,
      view: RolloutView,
      by: 'patch' | 'eviction',
      isPulled: (pull: ImagePull) => boolean,
    ): Promise<void> {
      const { rollout } = view
      const fresh = await readAgain(pod, rollout, 'outdated')
      const judged = fresh && judge.examine(fresh, namespaceOf(pod.namespace), rollout.key, time())
      if (!judged) return
      if (by === 'eviction') return evict(fresh, pod, view, judged.update)
      // Another image than the one that was pulled.
      if (!pullsOf(fresh, judged.update, judged.secrets).every(isPulled)) return
      await patch(fresh, pod, view, judged.update)
    },
    /** Gives a Pod whose update failed what it had before. Throws as `update`. */
    async putBack(pod: RolloutPod, view: RolloutView): Promise<void> {
      const { rollout } = view
      const fresh = await readAgain(pod, rollout, 'failed')
      if (!fresh) return
      const update = judge.putBack(fresh, namespaceOf(pod.namespace), rollout.key, time())
      if (!update || update.kind === 'none' || update.kind === 'recreate') {
        const mayEvict = update?.kind === 'recreate' && isReplacedByStable(rollout)
        if (mayEvict) await evict(fresh, pod, view, update)
        return holds.hold(pod.uid, 'the earlier revision cannot be restored in place', deniedTicks)
      }
      const step = { kind: 'putBack', at: now() } as const
      const answer = await applyPatches(api, pod, update, signal)
      if (!isChanged(answer, pod, view, step)) return
      const message = `Pillion put profile ${update.profile} back from revision ${update.from} to ${update.to}, because its update failed`
      await events.say(pod, rollout, {
        reason: 'PutBack',
        type: 'Warning',
        message,
        occasion: occasionOf(pod),
      })
      ended(step, 'done', pod, rollout)
    },
  }
}

interface Started {
  readonly kind: Step['kind']
  readonly at: number
}

/** Whether the Pod that replaces an evicted one gets the stable revision. */
function isReplacedByStable({ rollout, status }: ActiveRollout): boolean {
  return rollout.update === 'Recreate' && rollout.onFailure !== 'Pause' && status.phase === 'Degraded'
}

const waitsTicks = 10
const deniedTicks = 60
