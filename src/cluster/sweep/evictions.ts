import type { Namespace } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Controller } from '../../profile/rollout/workload.ts'
import { type Api, ApiFailure, describeError } from '../api/api.ts'
import { type EvictionResult, type EvictOptions, evict, mayBeEvicted } from './evict.ts'
import { evictionHistory } from './eviction-history.ts'
import type { FoundPod } from './found-pod.ts'
import { requestAges } from './request-age.ts'
import { isReady, siblingsOf } from './siblings.ts'

interface EvictionsOptions extends EvictOptions {
  readonly perMinute: number
  readonly namespaceOf: (name: string) => Namespace
  /** Whether the Pod that replaced an evicted one is missed, too. */
  readonly isMissed: (pod: JsonObject) => boolean
  /** Called with each Pod that was to be evicted; the next eviction waits for it. */
  readonly evicted: (pod: EvictedPod, result: EvictionResult) => Promise<void> | void
}

/** A Pod with a controller, which replaces it. */
export type EvictedPod = FoundPod & { readonly controller: Controller }

/**
 * Evicts the Pods that a pass found: one Pod of a controller at a time, and the next only when the controller has as many
 * Pods as before and all of them are ready. If a replacement is missed, too (the webhook cannot be reached), more
 * evictions would not help, so no Pod of that controller is evicted for an hour.
 */
export function evictions(api: Api, options: EvictionsOptions) {
  const { perMinute, namespaceOf, isMissed, evicted, failed, signal } = options
  const history = evictionHistory()
  /** By the uid of the controller, in the order of their turns. */
  const waiting = new Map<string, Turn>()
  /** By namespace, the number of its last turn. */
  const lastTurns = new Map<string, number>()
  let turns = 0
  let pods = 0
  let wasRequestedBefore = requestAges(api, signal)
  let readyAt = Number.NEGATIVE_INFINITY

  function stopFor({ namespace, controller: { kind, name, uid } }: EvictedPod): void {
    history.inVain(uid)
    failed(
      `${kind} ${namespace}/${name}: a Pod that replaced an evicted one was missed, too; none of them is evicted for an hour. ` +
        'Does the API server reach the webhook?',
    )
  }

  /** `later`: the controller has not replaced the last Pod yet. `never`: not before the next pass. */
  async function verdictOn(pod: EvictedPod): Promise<Verdict> {
    const siblings = await siblingsOf(api, pod, signal)
    const last = history.of(pod.controller.uid)
    const isNew = (each: JsonObject) =>
      last !== undefined && Date.parse(String(metadataOf(each)['creationTimestamp'])) >= last.evictedAt
    if (siblings.filter(isNew).some(isMissed)) {
      stopFor(pod)
      return never
    }
    const others = siblings.filter(each => metadataOf(each)['uid'] !== pod.uid)
    const isWhole = siblings.length >= (last?.pods ?? 0) && others.every(isReady)
    return isWhole ? { now: siblings.length } : later
  }

  /** How long the controller waits for its next turn; undefined if it is done. */
  async function takeTurn(turn: Turn): Promise<number | undefined> {
    const [pod] = turn.pods
    if (!pod) return undefined
    const verdict = await verdictOn(pod)
    if (verdict === never) return undefined
    if (verdict === later) return lookAgainMs
    readyAt = performance.now() + 60_000 / perMinute
    const { result, date } = await evict(api, pod, options)
    if (result === 'evicted')
      history.remember(pod.controller.uid, {
        evictedAt: date?.getTime() ?? Date.now(),
        pods: verdict.now,
      })
    await evicted(pod, result)
    if (result === 'failed') return undefined
    if (result === 'protected') return protectedMs
    turn.pods.shift()
    return turn.pods.length === 0 ? undefined : lookAgainMs
  }

  /**
   * The next controller whose time has come, of the namespace that had its last turn the longest ago: a namespace with many
   * controllers that can never be healed does not hold up the others.
   */
  function nextDue(now: number) {
    const lastTurn = (turn: Turn) => lastTurns.get(namespaceIn(turn)) ?? 0
    let next: readonly [string, Turn] | undefined
    for (const each of waiting)
      if (each[1].dueAt <= now && (!next || lastTurn(each[1]) < lastTurn(next[1]))) next = each
    return next
  }

  return {
    /** Begins a new pass: the Pods that still wait will be found again. */
    begin(): void {
      waiting.clear()
      lastTurns.clear()
      pods = 0
      wasRequestedBefore = requestAges(api, signal)
    },
    /** Adds a Pod to the Pods to evict, if it may be evicted. Throws an `ApiFailure` if a request for that decision fails. */
    async consider(found: FoundPod): Promise<void> {
      const { controller } = found
      if (!controller || !mayBeEvicted(found) || history.isInVain(controller.uid)) return
      const pod = { ...found, controller }
      const last = history.of(controller.uid)
      if (last && pod.createdAt >= last.evictedAt) {
        stopFor(pod)
        waiting.delete(controller.uid)
        return
      }
      if ((waiting.get(controller.uid)?.pods.length ?? 0) >= mostPerController || pods >= mostWaiting) return
      if (!(await wasRequestedBefore(pod, namespaceOf(pod.namespace)))) return
      const turn = waiting.get(controller.uid) ?? { pods: [], dueAt: 0 }
      pods += 1
      turn.pods.push(pod)
      waiting.set(controller.uid, turn)
    },
    /** Evicts a Pod if it is time. Returns how long to wait for the next. */
    async next(): Promise<number> {
      if (waiting.size === 0) return Number.POSITIVE_INFINITY
      const now = performance.now()
      if (readyAt > now) return readyAt - now
      const due = nextDue(now)
      if (!due) return Math.min(...[...waiting.values()].map(({ dueAt }) => dueAt)) - now
      const [uid, turn] = due
      lastTurns.set(namespaceIn(turn), ++turns)
      readyAt = now + lookMs
      const waitMs = await takeTurn(turn).catch((error: unknown) => {
        if (!(error instanceof ApiFailure)) throw error
        if (!signal.aborted) failed(`the evictions: ${describeError(error)}`)
        return undefined
      })
      // A new pass has started, so this turn is over.
      if (waiting.get(uid) === turn) {
        waiting.delete(uid)
        if (waitMs !== undefined) waiting.set(uid, { ...turn, dueAt: performance.now() + waitMs })
      }
      return Math.max(0, readyAt - performance.now())
    },
  }
}

/** The missed Pods of one controller. */
interface Turn {
  readonly pods: EvictedPod[]
  readonly dueAt: number
}

function namespaceIn({ pods: [first] }: Turn): string {
  return first?.namespace ?? ''
}

type Verdict = typeof later | typeof never | { readonly now: number }
const later = 'later'
const never = 'never'

/** Pause between two checks of the Pods of any controller. */
const lookMs = 1_000
/** Pause between two checks of the Pods of one controller. Longer, because a Pod takes time to become ready. */
const lookAgainMs = 10_000
/** Pause after a PodDisruptionBudget did not allow an eviction. It may allow one when other Pods are ready. */
const protectedMs = 60_000
// More than Pillion can evict before the next pass, which finds the others again.
const mostPerController = 100
const mostWaiting = 10_000
