import type { Api } from '../api/api.ts'
import { namespacePace } from '../profile/namespace-pace.ts'
import { nextPods } from './budget.ts'
import type { holds } from './holds.ts'
import { imagePulls, type WantedPull } from './image-pulls.ts'
import { namespaceTurns } from './namespace-turns.ts'
import { nodeProblems } from './node-problems.ts'
import type { podRecords } from './pod-records.ts'
import type { podUpdates } from './pod-updates.ts'
import { type ImagePull, pullName } from './pull-pod.ts'
import type { RolloutPod } from './rollout-pod.ts'
import { inFlightOf, type RolloutView, revisionOf } from './rollout-view.ts'

interface TurnsOptions {
  readonly records: ReturnType<typeof podRecords>
  readonly holds: ReturnType<typeof holds>
  readonly updates: ReturnType<typeof podUpdates>
  readonly namespace: string
  readonly isLeader: () => boolean
  readonly parallelPods: number
  readonly podsPerMinute: number
  readonly signal: AbortSignal
  /** Time between two looks of the loop. */
  readonly tickMs: number
}

/** Decides which Pods are changed now, over all rollouts: first the Pods that failed, then those that are due. */
export function turns(api: Api, options: TurnsOptions) {
  const { records, holds, updates, isLeader, parallelPods, podsPerMinute, signal, tickMs } = options
  const pulls = imagePulls(api, options)
  const problemOf = nodeProblems(api, { signal, rememberedMs: 10 * tickMs })
  // The Pods of one namespace never take the last place: users can write the mark by which they are known.
  const mostOfNamespace = Math.max(1, parallelPods - 1)
  const inTurn = namespaceTurns()
  const pace = namespacePace({ atOnce: parallelPods, perMinute: podsPerMinute })

  async function putBack(views: readonly RolloutView[]): Promise<number> {
    let failing = 0
    let left = mostPutBacks
    for (const view of inTurn(views)) {
      const { rollout, pods } = view
      const { update = 'OnCreate' } = rollout.rollout
      if (update === 'OnCreate') continue
      for (const { pod, own: is } of pods) {
        if (is.state !== 'failed' || is.reason === 'PutBack' || pod.revision !== revisionOf(rollout)) continue
        failing += 1
        if (holds.isHeld(pod.uid) || left <= 0) continue
        left -= 1
        await updates.putBack(pod, view)
      }
    }
    return failing
  }

  /** The Pods whose turn it is, without those that wait for something. */
  async function due(
    views: readonly RolloutView[],
    inFlight: readonly RolloutPod[],
  ): Promise<readonly Turn[]> {
    const all: Turn[] = []
    const busy = new Set(inFlight.map(({ uid }) => uid))
    const inNamespace = new Map<string, number>()
    for (const { namespace } of inFlight) inNamespace.set(namespace, (inNamespace.get(namespace) ?? 0) + 1)
    for (const view of views) {
      const { rollout, status } = view.rollout
      if (view.failures.length > 0) continue
      const isProtected = ({ uid, namespace }: RolloutPod) =>
        busy.has(uid) || holds.isHeld(uid) || (inNamespace.get(namespace) ?? 0) >= mostOfNamespace
      const counts = [...inNamespace.values()].map(count => Math.min(count, mostOfNamespace))
      const free = parallelPods - counts.reduce((a, b) => a + b, 0)
      for (const { pod, by } of nextPods(view.pods, { rollout, status, free, isProtected })) {
        // A Pod waits until it is ready for the profile that came first.
        if (isProtected(pod)) continue
        const needsNode = pod.node !== undefined && pod.kind !== 'metadata'
        const problem = needsNode ? await problemOf(String(pod.node)) : undefined
        if (problem !== undefined) {
          holds.hold(pod.uid, problem, nodeTicks)
          continue
        }
        busy.add(pod.uid)
        inNamespace.set(pod.namespace, (inNamespace.get(pod.namespace) ?? 0) + 1)
        const wanted = by === 'patch' ? (records.get(pod.uid, view.rollout.key)?.pulls ?? []) : []
        all.push({ view, pod, by, wanted })
      }
    }
    return all
  }

  /** Whether a pull of the Pod's images has failed for good. */
  function hasFailed({ view, pod, wanted }: Turn, states: ReadonlyMap<string, WantedPull>): boolean {
    const { progressDeadlineSeconds = 300 } = view.rollout.rollout
    for (const pull of wanted) {
      const state = states.get(pullName(pull))
      const isLate = state !== undefined && state.waitedMs >= progressDeadlineSeconds * 1_000
      if (!state || state.state === 'pulled') continue
      if (!isLate && !(state.state === 'failed' && state.isFinal)) {
        const so =
          state.state === 'failed' ? `could not pull ${pull.image}: ${state.reason}` : `pulls ${pull.image}`
        holds.note(pod.uid, `node ${pull.node} ${so}`)
        continue
      }
      const { namespace, name } = pod
      const { reason, message } =
        state.state === 'failed'
          ? state
          : { reason: 'ErrImagePull', message: `not pulled within ${progressDeadlineSeconds} s` }
      const what = `node ${pull.node} cannot pull the image ${pull.image}, so the Pod was not touched: ${message}`
      view.failures.push({ namespace, name, reason, message: what })
      return true
    }
    return false
  }

  return {
    /** Takes the turns of this moment; returns whether there may be others soon. Throws as `podUpdates`. */
    async take(views: readonly RolloutView[]): Promise<boolean> {
      const failing = await putBack(views)
      const inFlight = inFlightOf(views)
      const all = await due(inTurn(views), inFlight)
      const states = await pulls.look(
        all.flatMap(({ wanted }) => wanted),
        isLeader,
      )
      const isPulled = (pull: ImagePull) => states.get(pullName(pull))?.state === 'pulled'
      for (const turn of all) {
        const { view, pod, by, wanted } = turn
        if (view.failures.length > 0 || hasFailed(turn, states) || !wanted.every(isPulled)) continue
        if (pace.take('', performance.now()) > 0) break
        await updates.update(pod, view, by, isPulled)
      }
      return failing + inFlight.length + all.length > 0
    },
    /** There is no rollout: deletes the pull Pods that an earlier leader left. */
    async idle(): Promise<void> {
      await pulls.look([], isLeader)
    },
    forget: pulls.resigned,
  }
}

interface Turn {
  readonly view: RolloutView
  readonly pod: RolloutPod
  readonly by: 'patch' | 'eviction'
  /** What its node must have pulled before. */
  readonly wanted: readonly ImagePull[]
}

const nodeTicks = 15
/** In one look: others wait for the next one, so that Pods that cannot be put back do not keep the loop busy. */
const mostPutBacks = 20
