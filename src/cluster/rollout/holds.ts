import { counted } from '../../problems/counted.ts'
import { delayAfter } from '../api/backoff.ts'

/** The Pods that wait for a while, and why. Only in memory: a new leader finds the same reasons. */
export function holds() {
  /** By the uid of the Pod. */
  const held = new Map<string, Hold>()

  return {
    /** Lets a Pod wait; longer each time, if `isFailure`. */
    hold(uid: string, why: string, { afterMs = firstMs, isFailure = false } = {}): void {
      const failures = isFailure ? (held.get(uid)?.failures ?? 0) + 1 : 0
      const waitMs = isFailure ? delayAfter(failures, { firstMs, mostMs }, afterMs) : afterMs
      held.set(uid, { until: performance.now() + waitMs, why, failures })
    },
    isHeld: (uid: string): boolean => (held.get(uid)?.until ?? 0) > performance.now(),
    release: (uid: string): void => void held.delete(uid),
    /** Forgets Pods that are no longer known, or wait for nothing. */
    keep(isKnown: (uid: string) => boolean): void {
      const now = performance.now()
      for (const [uid, { until }] of held) if (!isKnown(uid) || now - until > forgottenMs) held.delete(uid)
    },
    /** One sentence about those of these Pods that wait; undefined if there are none. */
    describe(uids: Iterable<string>): string | undefined {
      const now = performance.now()
      const all = Array.from(uids).flatMap(uid => held.get(uid) ?? [])
      const waiting = all.filter(({ until }) => until > now)
      const [first] = waiting
      if (!first) return undefined
      const same = waiting.filter(({ why }) => why === first.why).length
      return `${counted(same, 'Pod')} ${same === 1 ? 'waits' : 'wait'}: ${first.why}`
    },
    forget: (): void => held.clear(),
  }
}

interface Hold {
  readonly until: number
  readonly why: string
  /** Number of failures one after the other. */
  readonly failures: number
}

const firstMs = 2_000
const mostMs = 60_000
const forgottenMs = 10 * 60_000
