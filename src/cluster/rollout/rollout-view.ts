import type { PodFailure } from '../../profile/rollout/finding.ts'
import { timeOf } from '../../profile/rollout/marks.ts'
import { type JudgedPod, judged } from './findings.ts'
import type { PodRecord } from './pod-records.ts'
import { isTried, type PodState, stateOf } from './pod-state.ts'
import type { ActiveRollout } from './rollout-judge.ts'
import type { RolloutPod } from './rollout-pod.ts'

/** A rollout with its Pods, as one look found them. */
export interface RolloutView {
  readonly rollout: ActiveRollout
  readonly pods: readonly SeenPod[]
  /** Failures of this step that no Pod shows: an image that a node cannot pull, an update that the API server refuses. */
  readonly failures: PodFailure[]
}

export interface SeenPod extends JudgedPod {
  /** How far the Pod is with the revision that it has, even if another one is due: after a failure, that is the stable one. */
  readonly own: PodState
}

/** Keeps the failures that no Pod shows, until the rollout goes on with another step or phase. */
export function rolloutViews() {
  const failures = new Map<string, { readonly of: string; readonly list: PodFailure[] }>()
  return {
    of(
      rollouts: readonly ActiveRollout[],
      records: ReadonlyMap<string, readonly PodRecord[]>,
      now: number,
    ): readonly RolloutView[] {
      const keys = new Set(rollouts.map(({ key }) => key))
      for (const key of failures.keys()) if (!keys.has(key)) failures.delete(key)
      return rollouts.map(rollout => {
        const { key, status } = rollout
        const of = JSON.stringify([status.phase, status.canary, status.step, status.since])
        const known = failures.get(key)
        const list = known?.of === of ? known.list : []
        failures.set(key, { of, list })
        const pods = (records.get(key) ?? []).map(({ pod }) => pod)
        const seen = judged(pods, rollout, now).map(each => ({ ...each, own: ownState(each, rollout, now) }))
        return { rollout, pods: seen, failures: list }
      })
    },
    forget: (): void => failures.clear(),
  }
}

/** Whether Pillion has changed a Pod in this step, and waits until it is ready. */
export function isInFlight({ pod, own }: SeenPod, { status }: ActiveRollout): boolean {
  const isUpdating = own.state === 'updating' && isTried(pod)
  return isUpdating && pod.updated !== undefined && pod.updated.at >= (timeOf(status.since) ?? 0)
}

/** The Pods that are being updated, with at most so many of each namespace. */
export function inFlightOf(
  views: readonly RolloutView[],
  most = Number.POSITIVE_INFINITY,
): readonly RolloutPod[] {
  const pods = views.flatMap(({ rollout, pods }) => pods.filter(each => isInFlight(each, rollout)))
  const own = new Map<string, number>()
  return pods.flatMap(({ pod }) => {
    const count = (own.get(pod.namespace) ?? 0) + 1
    own.set(pod.namespace, count)
    return count <= most ? [pod] : []
  })
}

function ownState({ pod, is }: JudgedPod, rollout: ActiveRollout, now: number): PodState {
  // Its sidecar had started before the update, so the update failed.
  const wasStarted = is.state === 'needsRecreate' && is.reason === 'NeverStarted' && pod.updated !== undefined
  return is.state === 'outdated' || wasStarted ? stateWithOwn(pod, rollout, now) : is
}

/** How far a Pod is with the revision that it has. */
export function stateWithOwn(pod: RolloutPod, rollout: ActiveRollout, now: number): PodState {
  return stateOf({ ...pod, due: pod.revision, kind: 'none' }, rollout, now)
}

/** The revision that a rollout gives to Pods. */
export function revisionOf({ status: { canary, stable } }: ActiveRollout): string {
  return canary ?? stable
}

/** Identifies a Pod of a rollout. */
export function flightKey({ uid }: RolloutPod, { key }: ActiveRollout): string {
  return `${uid} ${key}`
}
