import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { type Controller, controllerIn } from '../../profile/rollout/workload.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import type { Api } from '../api/api.ts'
import type { FoundPod } from '../sweep/found-pod.ts'
import { isReady, siblingsOf } from '../sweep/siblings.ts'
import { mostUnavailable } from './budget.ts'
import { replacedWithinMs } from './flights.ts'
import { answerOf, type StepAnswer } from './pod-step.ts'

/** `waits`: the Pod must not be evicted now. */
export type EvictionAnswer = StepAnswer | { readonly result: 'waits'; readonly why: string }

/**
 * Evicts Pods, so that their controllers create Pods with the due revision. The Pods of the controller are read first: those
 * that are not ready, that are being deleted, or that are not created yet count as unavailable. So a new leader, which does not
 * know the last eviction, waits for its replacement, too.
 */
export function recreations(api: Api, signal: AbortSignal) {
  /** By the namespace and the uid of the controller, which the author of a Pod can make up: the time of its last eviction, and the number of its Pods before. */
  const last = new Map<string, { readonly at: number; readonly pods: number }>()

  /** The number of Pods of the controller, if one of them may be evicted now. */
  async function podsOf(pod: JsonObject, controller: Controller, rollout: Rollout): Promise<number | 'wait'> {
    const { namespace, uid, labels } = metadataOf(pod)
    const of = { namespace: String(namespace), labels: objectAt({ labels }, 'labels') as FoundPod['labels'] }
    const siblings = await siblingsOf(api, { ...of, controller }, signal, true)
    const others = siblings.filter(each => metadataOf(each)['uid'] !== uid)
    const isThere = (each: JsonObject) => metadataOf(each)['deletionTimestamp'] === undefined && isReady(each)
    const living = siblings.filter(each => metadataOf(each)['deletionTimestamp'] === undefined).length
    const before = last.get(`${namespace} ${controller.uid}`)
    const missing = before && performance.now() - before.at < replacedWithinMs ? before.pods - living : 0
    const unavailable = others.filter(each => !isThere(each)).length + Math.max(0, missing)
    // An eviction makes no Pod unavailable that is unavailable already.
    if (!isReady(pod)) return living
    return unavailable < mostUnavailable(rollout, siblings.length) ? living : 'wait'
  }

  return {
    /** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
    async evict(pod: JsonObject, rollout: Rollout): Promise<EvictionAnswer> {
      const { namespace, name, uid, ownerReferences } = metadataOf(pod)
      const controller = controllerIn(ownerReferences)
      if (!controller) return { result: 'waits', why: 'no controller would replace the Pod' }
      const pods = await podsOf(pod, controller, rollout)
      if (pods === 'wait') return { result: 'waits', why: 'other Pods of the workload are not ready' }
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { namespace, name },
        deleteOptions: { preconditions: { uid } },
      }
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`
      const answer = await api.request('POST', path, { body, signal })
      for (const [known, { at }] of last) if (performance.now() - at > replacedWithinMs) last.delete(known)
      if (answer.ok) {
        last.set(`${namespace} ${controller.uid}`, { at: performance.now(), pods })
        return { result: 'changed', pod: undefined }
      }
      // The API server says so for a PodDisruptionBudget, and when it has too much to do.
      const isBudget = answer.status === 429 && /disruption budget/.test(answer.message)
      return isBudget
        ? { result: 'waits', why: 'a PodDisruptionBudget allows no disruption now' }
        : answerOf(answer)
    },
  }
}
