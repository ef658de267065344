import { compareText } from '../../profile/accept/namespace-quota.ts'
import type { Finding, PodFailure } from '../../profile/rollout/finding.ts'
import { isTried, type PodState, type RolloutOf, stateOf } from './pod-state.ts'
import type { RolloutPod } from './rollout-pod.ts'

/** A Pod with how far it is. */
export interface JudgedPod {
  readonly pod: RolloutPod
  readonly is: PodState
}

/** The Pods that run, each with how far it is: those that end or were deleted are left alone. */
export function judged(pods: Iterable<RolloutPod>, of: RolloutOf, now: number): readonly JudgedPod[] {
  return Array.from(pods).flatMap(pod => (pod.isOver ? [] : [{ pod, is: stateOf(pod, of, now) }]))
}

/** What a look at the Pods of a profile found, in one pass. `more`: failures that Pods do not show, such as a refusal. */
export function findingOf(
  pods: readonly JudgedPod[],
  { rollout, status }: RolloutOf,
  {
    more = [],
    waiting,
  }: { readonly more?: readonly PodFailure[]; readonly waiting?: string | undefined } = {},
): Finding {
  const counts = { matched: pods.length, updated: 0, ready: 0, outdated: 0, needsRecreate: 0, failed: 0 }
  const failures: PodFailure[] = [...more]
  const isUpdating = rollout.update !== undefined && rollout.update !== 'OnCreate'
  let isSettled = true
  for (const { pod, is } of pods) {
    const isOfCanary = pod.revision === status.canary
    counts[is.state === 'updating' ? 'updated' : is.state] += 1
    if (is.state === 'ready') counts.updated += 1
    // A Pod that no node has started yet, or whose app is not done with its init containers, waits for something else.
    if (is.state === 'updating' && isOfCanary && isTried(pod)) isSettled = false
    if (is.state === 'outdated' && isUpdating) isSettled = false
    if (is.state === 'failed') {
      isSettled = false
      const { namespace, name } = pod
      failures.push({ namespace, name, reason: is.reason, message: is.message })
    }
  }
  const [failure] = failures.sort((a, b) => compareText(keyOf(a), keyOf(b)))
  return {
    ...counts,
    of: status,
    isSettled: isSettled && !failure,
    ...(failure && { failure }),
    ...(waiting !== undefined && { waiting }),
  }
}

/** The first failure says most: why a Pod was put back is not known any more. */
function keyOf({ namespace, name, reason }: PodFailure): string {
  return `${reason === 'PutBack' ? 1 : 0}${namespace}/${name}`
}
