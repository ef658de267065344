import type { Api } from '../api/api.ts'
import { type EvictionResult, type EvictOptions, evict, mayBeEvicted } from './evict.ts'
import type { Controller, FoundPod } from './found-pod.ts'

interface EvictionsOptions extends EvictOptions {
  readonly perMinute: number
  /** Maximum number of Pods in a pass: there is no time for more before the next pass. */
  readonly mostPerPass: number
  readonly evicted: (pod: FoundPod, result: EvictionResult) => void
}

/**
 * Evicts one Pod of a controller in a pass, so that a workload without a PodDisruptionBudget never loses all Pods at once.
 * If the replacement is missed, too (the webhook cannot be reached), more evictions would not help: that controller is
 * left alone for an hour.
 */
export function evictions(api: Api, options: EvictionsOptions) {
  const { perMinute, mostPerPass, evicted, failed, isDryRun } = options
  const pauseMs = 60_000 / perMinute
  /** By the uid of the controller, the time of its last eviction, and the time at which a replacement was missed. */
  const known = new Map<string, { readonly evictedAt: number; readonly inVainAt?: number }>()
  let waiting: (FoundPod & { readonly controller: Controller })[] = []
  let readyAt = Number.NEGATIVE_INFINITY

  function remember(uid: string, evictedAt: number): void {
    const before = known.get(uid)
    known.delete(uid)
    known.set(uid, { ...before, evictedAt })
    const [oldest = ''] = known.keys()
    if (known.size > mostRemembered) known.delete(oldest)
  }

  function isInVain({ createdAt, namespace, controller }: FoundPod & { controller: Controller }): boolean {
    const { kind, name, uid } = controller
    const { evictedAt = Number.POSITIVE_INFINITY, inVainAt } = known.get(uid) ?? {}
    if (inVainAt !== undefined) {
      const isInVain = performance.now() - inVainAt < tryAgainMs
      if (!isInVain) known.delete(uid)
      return isInVain
    }
    if (createdAt < evictedAt) return false
    known.set(uid, { evictedAt, inVainAt: performance.now() })
    failed(
      `${kind} ${namespace}/${name}: a Pod that replaced an evicted one was missed, too; none of them is evicted for an hour. ` +
        'Does the API server reach the webhook?',
    )
    return true
  }

  return {
    /** Begins a new pass: the Pods that still wait will be found again. */
    begin(): void {
      waiting = []
    },
    /** Takes a Pod if it may be evicted and no other Pod of its controller waits. */
    consider(pod: FoundPod): void {
      const { controller } = pod
      if (!controller || !mayBeEvicted(pod) || isInVain({ ...pod, controller })) return
      if (waiting.length >= mostPerPass || waiting.some(one => one.controller.uid === controller.uid)) return
      waiting.push({ ...pod, controller })
    },
    /** Evicts a Pod if it is time. Returns how long to wait for the next. */
    async next(): Promise<number> {
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
