import { timeOf } from '../../profile/rollout/marks.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import type { JudgedPod } from './findings.ts'
import { canRestart, isTried, type RolloutOf } from './pod-state.ts'
import type { RolloutPod } from './rollout-pod.ts'

/** A Pod whose turn it is, and how it gets its due revision. */
export interface NextPod {
  readonly pod: RolloutPod
  readonly by: 'patch' | 'eviction'
}

export interface BudgetOptions extends RolloutOf {
  /** Number of Pods that may be updated now: `--rollout-parallel-pods` without those of other profiles that are being updated. */
  readonly free: number
  /** Whether a PodDisruptionBudget allows no disruption of the Pod now. */
  readonly isProtected: (pod: RolloutPod) => boolean
}

/**
 * The Pods that may be updated now, in the order of workloads and names. No workload has more unavailable Pods than
 * `maxUnavailable`; the first Pod of a step is alone until it is ready; a Pod that is unavailable already costs nothing.
 */
export function nextPods(pods: readonly JudgedPod[], options: BudgetOptions): readonly NextPod[] {
  const { rollout, status, free } = options
  const { update = 'OnCreate', paused } = rollout
  if (update === 'OnCreate' || paused || status.phase === 'Degraded') return []
  const isFirst = !pods.some(each => isFirstReady(each, status))
  const inFlight = pods.filter(
    ({ pod, is }) => is.state === 'updating' && isTried(pod) && isSince(pod, status.since),
  ).length
  if (pods.some(({ is }) => is.state === 'failed')) return []
  const most = isFirst ? Math.min(1 - inFlight, free) : free
  if (most <= 0) return []
  const next: NextPod[] = []
  const workloads = Map.groupBy(pods, ({ pod }) => pod.workload)
  const names = [...workloads.keys()].sort()
  for (const name of names) next.push(...nextOf(workloads.get(name) as readonly JudgedPod[], options))
  // The first one shows whether the revision works: a Pod that was not ready before shows nothing.
  const inOrder = isFirst ? [...next].sort((a, b) => Number(b.pod.isReady) - Number(a.pod.isReady)) : next
  return inOrder.slice(0, most)
}

/** The Pods of one workload that may be updated now. */
function nextOf(pods: readonly JudgedPod[], { rollout, isProtected }: BudgetOptions): readonly NextPod[] {
  const unavailable = pods.filter(({ pod, is }) => !pod.isReady || is.state === 'updating').length
  let left = mostUnavailable(rollout, pods.length) - unavailable
  let evicted = 0
  return pods
    .flatMap(({ pod, is }) => (is.state === 'outdated' ? [pod] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(pod => {
      const by = rollout.update === 'Recreate' && pod.kind !== 'metadata' ? 'eviction' : 'patch'
      if (pod.kind === 'metadata') return [{ pod, by } as const]
      if (isProtected(pod) || (by === 'patch' && pod.kind === 'images' && !canRestart(pod))) return []
      // No other Pod of a DaemonSet does the work of this one meanwhile. One that is not ready does none.
      const mustWait = evicted > 0 || (pod.isReady && unavailable > 0)
      if (by === 'eviction' && pod.controller === 'DaemonSet' && mustWait) return []
      if (pod.isReady) {
        if (left <= 0) return []
        left -= 1
      }
      if (by === 'eviction') evicted += 1
      return [{ pod, by } as const]
    })
}

/** How many of a workload's Pods may be unavailable: a percentage is rounded up, and it is at least one. */
export function mostUnavailable(
  { maxUnavailable = 1 }: Pick<Rollout, 'maxUnavailable'>,
  pods: number,
): number {
  if (typeof maxUnavailable === 'number') return Math.max(1, maxUnavailable)
  return Math.max(1, Math.ceil((pods * Number.parseInt(maxUnavailable, 10)) / 100))
}

/** Whether the Pod shows that the revision of this step works. */
function isFirstReady({ pod, is }: JudgedPod, { stable, canary = stable, since }: RolloutStatus): boolean {
  return is.state === 'ready' && pod.revision === canary && isSince(pod, since)
}

/** Whether a Pod was updated, or created, in this step. */
function isSince({ updated, startedAt = 0 }: RolloutPod, since: string | undefined): boolean {
  return Math.max(updated?.at ?? 0, startedAt) >= (timeOf(since) ?? 0)
}
