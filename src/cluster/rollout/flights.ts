import type { UpdateKind } from '../../engine/update/pod-update.ts'
import { isTried } from './pod-state.ts'
import type { rolloutEvents } from './rollout-event.ts'
import type { ActiveRollout } from './rollout-judge.ts'
import type { RolloutPod } from './rollout-pod.ts'
import { flightKey, isInFlight, type RolloutView } from './rollout-view.ts'

/** What a rollout did to one Pod, and how it ended. */
export interface Step {
  /** `putBack`: the Pod failed, and gets what it had before. */
  readonly kind: Exclude<UpdateKind, 'none'> | 'putBack'
  /**
   * `done`: the Pod is ready. `failed`: it did not become ready in time. `refused`: the API server or a policy denied the
   * request. `gone`: somebody deleted or changed the Pod meanwhile.
   */
  readonly result: 'done' | 'failed' | 'refused' | 'gone'
  readonly durationMs: number
  readonly profile: string
  readonly namespace: string
  /** Name of the Pod. */
  readonly name: string
}

interface FlightsOptions {
  readonly events: ReturnType<typeof rolloutEvents>
  readonly stepped: (step: Step) => void
  /** The API server's clock, in milliseconds since 1970. */
  readonly now: () => number
}

/** The Pods that are being updated, for what is said at the end of each update. A new leader finds them by their marks. */
export function flights({ events, stepped, now }: FlightsOptions) {
  const known = new Map<string, Flight>()
  /** By rollout and workload: the number of its Pods before the last eviction. */
  const evicted = new Map<string, { readonly at: number; readonly pods: number }>()
  const podsOf = ({ pods }: RolloutView, workload: string) =>
    pods.filter(({ pod }) => pod.workload === workload).length

  function end({ kind, startedAt, pod, rollout }: Flight, result: Step['result']): void {
    known.delete(flightKey(pod, rollout))
    const durationMs = Math.max(0, now() - startedAt)
    stepped({ kind, result, durationMs, profile: rollout.name, namespace: pod.namespace, name: pod.name })
  }

  return {
    begin(pod: RolloutPod, rollout: ActiveRollout, kind: Step['kind']): void {
      known.set(flightKey(pod, rollout), { kind, startedAt: now(), pod, rollout })
    },
    /** Must be called after an eviction, with the rollout as it was before. */
    evicted({ workload }: RolloutPod, view: RolloutView): void {
      const key = `${view.rollout.key} ${workload}`
      evicted.set(key, { at: performance.now(), pods: podsOf(view, workload) })
    },
    /** Whether a Pod that was evicted has not been replaced yet. */
    isReplacing(view: RolloutView): boolean {
      const { key } = view.rollout
      for (const [each, { at, pods }] of evicted) {
        if (!each.startsWith(`${key} `)) continue
        if (performance.now() - at > replacedWithinMs || podsOf(view, each.slice(key.length + 1)) >= pods)
          evicted.delete(each)
        else return true
      }
      return false
    },
    /** Says which updates have ended since the last look. */
    async settle(views: readonly RolloutView[]): Promise<void> {
      const there = new Set<string>()
      for (const { rollout, pods } of views) {
        for (const each of pods) {
          const { pod, own } = each
          const key = flightKey(pod, rollout)
          there.add(key)
          const flight = known.get(key)
          if (isInFlight(each, rollout)) {
            const kind = pod.kind === 'none' || pod.kind === 'recreate' ? 'images' : pod.kind
            if (!flight) known.set(key, { kind, startedAt: pod.updated?.at ?? now(), pod, rollout })
            continue
          }
          if (!flight) continue
          // Its time begins when its node begins with it.
          if (own.state === 'updating' && !isTried(pod)) known.set(key, { ...flight, startedAt: now() })
          else if (own.state === 'ready' && pod.revision === flight.pod.revision) {
            const message = `has revision ${pod.revision} of profile ${rollout.name}, and its containers are ready`
            await events.say(pod, rollout, { reason: 'Updated', message, occasion: occasionOf(pod) })
            end(flight, 'done')
          } else if (own.state === 'failed') {
            const message = `the update to revision ${pod.revision} of profile ${rollout.name} failed: ${own.reason}: ${own.message}`
            const said = {
              reason: 'UpdateFailed',
              type: 'Warning',
              message,
              occasion: occasionOf(pod),
            } as const
            await events.say(pod, rollout, said)
            end(flight, 'failed')
          } else end(flight, 'gone')
        }
      }
      for (const [key, flight] of known) if (!there.has(key)) end(flight, 'gone')
    },
    forget(): void {
      known.clear()
      evicted.clear()
    },
  }
}

interface Flight {
  readonly kind: Step['kind']
  readonly startedAt: number
  readonly pod: RolloutPod
  readonly rollout: ActiveRollout
}

/** The mark of the last update: it tells two updates of one Pod to the same revision apart. */
export function occasionOf({ revision, updated }: RolloutPod): string {
  return `${revision}/${updated?.at ?? ''}`
}

/** A controller replaces a Pod sooner; a workload with fewer Pods after this time was scaled down. */
export const replacedWithinMs = 60_000
