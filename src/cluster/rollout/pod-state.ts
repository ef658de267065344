import { counted } from '../../problems/counted.ts'
import { timeOf } from '../../profile/rollout/marks.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import type { RolloutContainer, RolloutPod } from './rollout-pod.ts'

/** How far a Pod is in a rollout. */
export type PodState =
  | { readonly state: 'ready' }
  /** It has the due revision, and its containers of the profile are not ready yet. */
  | { readonly state: 'updating' }
  | { readonly state: 'outdated' }
  | { readonly state: 'needsRecreate'; readonly reason: RecreateReason; readonly message: string }
  | { readonly state: 'failed'; readonly reason: FailureReason; readonly message: string }

/** Why somebody must recreate a Pod. */
export type RecreateReason = 'NotInPlace' | 'NeverStarted' | 'NotReplaced'

/** Why the update of a Pod failed. `PutBack`: it failed before, and has its earlier revision again. */
export type FailureReason =
  | (typeof waitingReasons)[number]
  | 'NotStarted'
  | 'NotReady'
  | 'RefusedByApiServer'
  | 'PutBack'

/** What the kubelet writes for a container that does not start by waiting. */
const waitingReasons = [
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
] as const

/** The rollout that a Pod is part of. */
export interface RolloutOf {
  readonly rollout: Rollout
  readonly status: RolloutStatus
}

/** How far a Pod is. Only what is stored and the time count, so that another leader finds the same. */
export function stateOf(pod: RolloutPod, of: RolloutOf, now: number): PodState {
  if (wasPutBack(pod, of))
    return {
      state: 'failed',
      reason: 'PutBack',
      message: 'its update failed, and it has its earlier revision again',
    }
  if (pod.revision !== pod.due && pod.kind !== 'none') return outdatedOf(pod, of.rollout, now)
  if (isHealthy(pod, of.rollout, now)) return { state: 'ready' }
  return (isWatched(pod, of) && failureOf(pod, of, now)) || { state: 'updating' }
}

/** Whether a Pod failed with the revision of this rollout, and got back what it had. */
function wasPutBack({ revision, due, updated }: RolloutPod, { status }: RolloutOf): boolean {
  if (!updated) return false
  const { phase, stable, canary = stable } = status
  if (phase === 'Degraded') return revision !== canary && updated.from === canary
  // After the rollout was resumed, or another one has begun, it is tried again. `since` has whole seconds.
  return revision !== due && updated.from === due && updated.at >= (timeOf(status.since) ?? 0) + 1_000
}

function outdatedOf(pod: RolloutPod, rollout: Rollout, now: number): PodState {
  const isEvicting = rollout.update === 'Recreate' && pod.kind !== 'metadata'
  if (isEvicting && !mayEvict(pod)) {
    const message = `it must be recreated by hand, because ${pod.controller === undefined ? 'it has no controller' : `a ${pod.controller} does not replace it`}`
    return { state: 'needsRecreate', reason: 'NotReplaced', message }
  }
  if (isEvicting) return { state: 'outdated' }
  if (pod.kind === 'recreate')
    return {
      state: 'needsRecreate',
      reason: 'NotInPlace',
      message: pod.because ?? 'it cannot be changed in place',
    }
  const { startedAt = now } = pod
  if (pod.kind === 'images' && !canRestart(pod) && now - startedAt >= deadlineMs(rollout)) {
    const message =
      'its sidecar never started, and the kubelet does not restart such a container with another image'
    return { state: 'needsRecreate', reason: 'NeverStarted', message }
  }
  return { state: 'outdated' }
}

/**
 * Whether the kubelet can restart the containers of the profile with another image: it leaves a sidecar alone that runs and has
 * not passed its startup probe. One that does not run, such as after a crash, starts with the new image.
 */
export function canRestart({ containers }: RolloutPod): boolean {
  return containers.every(
    ({ isSidecar, isStarted, runningSince }) => isStarted || !isSidecar || runningSince === undefined,
  )
}

/** Whether a controller replaces a Pod that was evicted. A static Pod's controller is its node. */
export function mayEvict({ controller, isLasting }: RolloutPod): boolean {
  return isLasting && controller !== undefined && controller !== 'Job' && controller !== 'Node'
}

/** Whether a Pod shows what its revision is like: its node has begun with it, and its app does not keep the profile waiting. */
export function isTried({ startedAt, isHeldUp }: RolloutPod): boolean {
  return startedAt !== undefined && !isHeldUp
}

/** Whether the failure of a Pod is a failure of the rollout: it has the canary, or Pillion has updated it in this phase. */
function isWatched({ revision, updated }: RolloutPod, { status: { canary, since } }: RolloutOf): boolean {
  return revision === canary || (updated !== undefined && updated.at >= (timeOf(since) ?? 0))
}

function failureOf(pod: RolloutPod, { rollout, status }: RolloutOf, now: number): PodState | undefined {
  for (const each of pod.containers) {
    if (!isOfUpdate(each, pod, now)) continue
    const isAttempted = !wasBefore(each, pod, status)
    const reason = waitingReasons.find(known => known === each.waiting)
    if (reason && (reason !== 'CrashLoopBackOff' || isAttempted))
      return { state: 'failed', reason, message: `the container ${each.name} does not start` }
    if (isAttempted && isCrashing(each, pod)) {
      const message = `the container ${each.name} ended again after it was restarted`
      return { state: 'failed', reason: 'CrashLoopBackOff', message }
    }
  }
  if (!isTried(pod)) return undefined
  // A rollout that was resumed has its whole time again, and so has a Pod that was ready in between.
  const since = Math.max(
    pod.startedAt ?? 0,
    pod.updated?.at ?? 0,
    pod.notReadySince ?? 0,
    timeOf(status.since) ?? 0,
  )
  if (now - since < deadlineMs(rollout)) return undefined
  const within = `within ${counted(deadlineMs(rollout) / 1_000, 'second')}`
  const down = pod.containers.find(each => !isUp(each, pod, now))
  if (down)
    return {
      state: 'failed',
      reason: 'NotStarted',
      message: `the container ${down.name} did not start ${within}`,
    }
  const slow = pod.containers.find(({ isDone, isReady }) => !isDone && !isReady)
  return (
    slow && {
      state: 'failed',
      reason: 'NotReady',
      message: `the container ${slow.name} was not ready ${within}`,
    }
  )
}

function isHealthy(pod: RolloutPod, { minReadySeconds = 10 }: Rollout, now: number): boolean {
  return pod.containers.every(
    each =>
      each.isDone ||
      (isUp(each, pod, now) && each.isReady && now - (each.runningSince ?? now) >= minReadySeconds * 1_000),
  )
}

/** Whether the state of a container is about its present image: the kubelet writes its status a moment later. */
function isOfUpdate({ restarts, hasImage }: RolloutContainer, { updated }: RolloutPod, now: number): boolean {
  return !updated || !restarts || hasImage || now - updated.at >= kubeletMs
}

/** Whether both times that a container ended were after the update: before it, the image was another one. */
function isCrashing({ crashingSince }: RolloutContainer, { updated }: RolloutPod): boolean {
  return crashingSince !== undefined && (!updated || crashingSince >= updated.at - nodeSkewMs)
}

/**
 * Whether a container ended before the update, or before the rollout was resumed, and was not started since: the kubelet waits
 * for up to five minutes before it does. While the rollout has failed, such a Pod is put back.
 */
function wasBefore(
  { endedAt }: RolloutContainer,
  { updated }: RolloutPod,
  { phase, since }: RolloutOf['status'],
): boolean {
  if (endedAt === undefined) return false
  const updatedAt = updated?.at ?? 0
  const resumedAt = phase === 'Degraded' ? 0 : (timeOf(since) ?? 0)
  return endedAt < updatedAt - nodeSkewMs || Math.max(endedAt, updatedAt) < resumedAt
}

/** Whether a container runs what the spec says, and has passed its startup probe. */
function isUp(
  { isDone, isStarted, runningSince, restarts, hasImage }: RolloutContainer,
  { updated }: RolloutPod,
  now: number,
): boolean {
  if (isDone) return true
  if (!isStarted || runningSince === undefined) return false
  if (hasImage || !updated || !restarts || runningSince > updated.at) return true
  // The kubelet may not have seen the update of a container that started just before it.
  return runningSince >= updated.at - nodeSkewMs && now - updated.at >= kubeletMs
}

function deadlineMs({ progressDeadlineSeconds = 300 }: Rollout): number {
  return progressDeadlineSeconds * 1_000
}

// The clock of a node and that of the leader differ, and times in a status are whole seconds.
const nodeSkewMs = 5_000
// Within this time, the kubelet says what became of an update.
const kubeletMs = 10_000
