import type { Api } from '../api/api.ts'
import { type EvictionResult, type EvictOptions, evict, mayBeEvicted } from './evict.ts'
import type { Controller, FoundPod } from './found-pod.ts'

export interface EvictionsOptions extends EvictOptions {
  readonly perMinute: number
  /** How many to take in a pass at most: more of them are not reached before the next one. */
  readonly mostPerPass: number
  readonly evicted: (pod: FoundPod, result: EvictionResult) => void
}

/** The Pods that are to be evicted, one at a time. */
export interface Evictions {
  /** A new pass begins: whoever still waits is found again. */
  begin(): void
  /** Takes a Pod if it may be evicted and it is its controller's turn. */
  consider(pod: FoundPod): void
  /** Evicts one, if there is one and it is time; gives how long to wait for the next. */
  next(): Promise<number>
}

/**
 * One Pod of a controller in a pass, so that no workload without a PodDisruptionBudget loses all of its Pods at
 * once, and so that it shows whether the Pod that comes in its place has what it should: if that one is missed
 * as well (the webhook cannot be reached), evicting more would help nobody, and none of that controller is.
 */
export function evictions(api: Api, options: EvictionsOptions): Evictions {
  const { perMinute, mostPerPass, evicted, failed, isDryRun } = options
  const pauseMs = 60_000 / perMinute
  /** By the uid of the controller, when one of its Pods was evicted. */
  const evictedAt = new Map<string, number>()
  /** Likewise, when that was seen to help nobody. */
  const inVainAt = new Map<string, number>()
  let waiting: (FoundPod & { readonly controller: Controller })[] = []
  let readyAt = Number.NEGATIVE_INFINITY

  function remember(uid: string, at: number): void {
    evictedAt.delete(uid)
    evictedAt.set(uid, at)
    if (evictedAt.size <= mostRemembered) return
    const [oldest = ''] = evictedAt.keys()
    evictedAt.delete(oldest)
    inVainAt.delete(oldest)
  }

  function isInVain({ createdAt, namespace, controller }: FoundPod & { controller: Controller }): boolean {
    const { kind, name, uid } = controller
    const since = inVainAt.get(uid)
    if (since !== undefined) {
      if (performance.now() - since < tryAgainMs) return true
      inVainAt.delete(uid)
      evictedAt.delete(uid)
    }
    if (createdAt < (evictedAt.get(uid) ?? Number.POSITIVE_INFINITY)) return false
    inVainAt.set(uid, performance.now())
    failed(
      `${kind} ${namespace}/${name}: a Pod that replaced an evicted one was missed, too; none of them is evicted for an hour. ` +
        'Does the API server reach the webhook?',
    )
    return true
  }

  return {
    begin() {
      waiting = []
    },
    consider(pod) {
      const { controller } = pod
      if (!controller || !mayBeEvicted(pod) || isInVain({ ...pod, controller })) return
      if (waiting.length >= mostPerPass || waiting.some(one => one.controller.uid === controller.uid)) return
      waiting.push({ ...pod, controller })
    },
    async next() {
      const early = readyAt - performance.now()
      if (waiting.length > 0 && early > 0) return early
      const pod = waiting.shift()
      if (!pod) return Number.POSITIVE_INFINITY
      readyAt = performance.now() + pauseMs
      const { result, date } = await evict(api, pod, options)
      if (result === 'evicted' && !isDryRun) remember(pod.controller.uid, date?.getTime() ?? Date.now())
      evicted(pod, result)
      return pauseMs
    },
  }
}

const mostRemembered = 10_000
const tryAgainMs = 60 * 60_000
