import type { Rollout } from '../schema/rollout-schema.ts'
import { advance, type RolloutFacts } from './advance.ts'
import type { Finding } from './finding.ts'
import type { RolloutStatus } from './rollout-status.ts'

export const [stable, canary, later] = ['aaaaaaaaaa', 'cccccccccc', 'dddddddddd'] as const

/** The time of the tests, in milliseconds since 1970, and as a status has it. */
export const now = Date.UTC(2026, 0, 31, 12)
export const ago = (seconds: number) => new Date(now - seconds * 1_000).toISOString().replace('.000', '')

/** A stored rollout from `stable` to `canary`, which began a minute ago. */
export function stored(own: Partial<RolloutStatus> = {}): RolloutStatus {
  return { phase: 'Progressing', stable, canary, percent: 100, step: 0, since: ago(60), ...own }
}

/** The next status, from facts that differ from a rollout of `canary` by time alone. */
export function advanced(
  rollout: Rollout | undefined,
  own: Partial<RolloutFacts> = {},
): RolloutStatus | undefined {
  return advance({
    stored: stored(),
    rollout,
    accepted: canary,
    lastAccepted: canary,
    marks: {},
    updates: false,
    now,
    ...own,
  })
}

/** The same without the message. */
export function next(...facts: Parameters<typeof advanced>): Omit<RolloutStatus, 'message'> | undefined {
  const status = advanced(...facts)
  if (!status) return undefined
  const { message: _, ...rest } = status
  return rest
}

/** What a look at 10 Pods finds when nothing is wrong. */
export function found(of: RolloutStatus, own: Partial<Finding> = {}): Finding {
  const counts = { matched: 10, updated: 10, ready: 10, outdated: 0, needsRecreate: 0, failed: 0 }
  return { of, ...counts, isSettled: true, ...own }
}

export const crash = {
  namespace: 'shop',
  name: 'web-1',
  reason: 'CrashLoopBackOff',
  message: 'the container a does not start',
}
