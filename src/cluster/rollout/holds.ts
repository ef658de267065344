import { counted } from '../../problems/counted.ts'
import { compareText } from '../../profile/accept/namespace-quota.ts'
import { delayAfter } from '../api/backoff.ts'
import type { RolloutPod } from './rollout-pod.ts'

/** The Pods that wait for a while, and why. Only in memory: a new leader finds the same reasons. */
export function holds(tickMs: number) {
  /** By the uid of the Pod. */
  const held = new Map<string, Hold>()

  return {
    /** Lets a Pod wait for a number of ticks of the loop. */
    hold(uid: string, why: string, ticks: number): void {
      held.set(uid, { until: performance.now() + ticks * tickMs, why, failures: 0, isHeld: true })
    },
    /** Notes why a Pod waits whose turn it is. */
    note(uid: string, why: string): void {
      held.set(uid, { until: performance.now() + notedTicks * tickMs, why, failures: 0, isHeld: false })
    },
    /** Lets a Pod wait after a failure: longer each time, and as long as the API server asks for. */
    postpone(uid: string, why: string, askedMs?: number): void {
      const failures = (held.get(uid)?.failures ?? 0) + 1
      const waitMs = delayAfter(failures, { firstMs: 2 * tickMs, mostMs }, askedMs)
      held.set(uid, { until: performance.now() + waitMs, why, failures, isHeld: true })
    },
    isHeld(uid: string): boolean {
      const found = held.get(uid)
      return found?.isHeld === true && found.until > performance.now()
    },
    release: (uid: string): void => void held.delete(uid),
    /** Forgets Pods that are no longer known, or wait for nothing. */
    keep(isKnown: (uid: string) => boolean): void {
      const now = performance.now()
      for (const [uid, { until }] of held) if (!isKnown(uid) || now - until > forgottenMs) held.delete(uid)
    },
    /** One sentence about those of these Pods that wait, with the first of them; undefined if there are none. */
    describe(pods: readonly Pick<RolloutPod, 'uid' | 'namespace' | 'name'>[]): string | undefined {
      const now = performance.now()
      const waiting = pods.flatMap(pod => {
        const hold = held.get(pod.uid)
        return hold && hold.until > now ? [{ pod, why: hold.why }] : []
      })
      const same = waiting.filter(({ why }) => why === waiting[0]?.why)
      const [first] = same.sort((a, b) => compareText(nameOf(a.pod), nameOf(b.pod)))
      if (!first) return undefined
      const others = same.length > 1 ? ` and ${counted(same.length - 1, 'other Pod')}` : ''
      return `Pod ${nameOf(first.pod)}${others} ${same.length > 1 ? 'wait' : 'waits'}: ${first.why}`
    },
    forget: (): void => held.clear(),
  }
}

function nameOf({ namespace, name }: Pick<RolloutPod, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`
}

interface Hold {
  readonly until: number
  readonly why: string
  /** Number of failures one after the other. */
  readonly failures: number
  /** Whether it is passed over meanwhile. */
  readonly isHeld: boolean
}

const notedTicks = 5
const mostMs = 60_000
const forgottenMs = 10 * 60_000
