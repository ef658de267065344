import type { JsonObject } from '../../json/json.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import { type JudgedPod, judged } from './findings.ts'
import type { RolloutOf } from './pod-state.ts'
import type { RolloutContainer, RolloutPod } from './rollout-pod.ts'

export const [stable, canary] = ['aaaaaaaaaa', 'cccccccccc'] as const

/** The time of the tests, in milliseconds since 1970. */
export const now = Date.UTC(2026, 0, 31, 12)
export const ago = (seconds: number) => now - seconds * 1_000
export const text = (time: number) => new Date(time).toISOString().replace('.000', '')

/** A rollout from `stable` to `canary` whose step began ten minutes ago. */
export function rolloutOf(
  rollout: RolloutOf['rollout'] = { update: 'InPlace' },
  own: Partial<RolloutStatus> = {},
): RolloutOf {
  const status = {
    phase: 'Progressing',
    stable,
    canary,
    percent: 100,
    step: 0,
    since: text(ago(600)),
    ...own,
  } as const
  return { rollout, status }
}

/** A container that has been ready for an hour. */
export function container(own: Partial<RolloutContainer> = {}): RolloutContainer {
  const is = {
    isSidecar: true,
    isDone: false,
    isStarted: true,
    isReady: true,
    restarts: false,
    hasImage: true,
  }
  return { name: 'agent', ...is, runningSince: ago(3_600), ...own }
}

/** A Pod of a Deployment that has had the stable revision for an hour, and should have the canary. */
export function pod(own: Partial<RolloutPod> = {}): RolloutPod {
  return {
    namespace: 'shop',
    name: 'web-1',
    uid: String(own.name ?? 'web-1'),
    workload: 'shop/Deployment/web',
    controller: 'ReplicaSet',
    isLasting: true,
    isOver: false,
    isReady: true,
    startedAt: ago(3_600),
    revision: stable,
    due: canary,
    kind: 'images',
    containers: [container()],
    ...own,
  }
}

/** The same Pod after its update, so many seconds ago. */
export function updatedPod(seconds: number, own: Partial<RolloutPod> = {}): RolloutPod {
  const containers = [container({ restarts: true, runningSince: ago(seconds - 1) })]
  return pod({
    revision: canary,
    kind: 'none',
    updated: { from: stable, at: ago(seconds) },
    containers,
    ...own,
  })
}

export const judge = (pods: readonly RolloutPod[], of: RolloutOf = rolloutOf()): readonly JudgedPod[] =>
  judged(pods, of, now)

/** A Pod as the API server has it. */
export function rawPod(own: {
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly status?: JsonObject
}): JsonObject {
  return {
    metadata: { namespace: 'shop', name: 'web-1', uid: 'u', ...own.metadata },
    spec: { nodeName: 'worker-1', containers: [{ name: 'app', image: 'app:1' }], ...own.spec },
    status: {
      phase: 'Running',
      startTime: text(ago(3_600)),
      conditions: [{ type: 'Ready', status: 'True' }],
      ...own.status,
    },
  }
}
