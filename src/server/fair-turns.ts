import { limits } from '../limits/limits.ts'

/** The work of one request. */
interface Work {
  readonly run: () => void
  /** Called instead when the work waited so long that its caller has given up. */
  readonly late: () => void
}

export type FairTurns = ReturnType<typeof createFairTurns>

interface FairTurnsParts {
  /** In ms. */
  readonly now?: () => number
  /** Calls back after the event loop has read the bytes that arrived. */
  readonly nextTurn?: (turn: () => void) => void
  readonly later?: (callback: () => void, ms: number) => void
  /** Called for each piece of work that waits. */
  readonly deferred?: () => void
}

/**
 * Shares the one thread among the namespaces. The time that the work of a namespace takes is its debt, which decays. Work
 * of a namespace with little debt runs at once. Work of the other namespaces runs one piece per turn of the event loop,
 * and their namespaces alternate, so a request that arrives meanwhile waits for one piece only. A namespace rests after
 * long work while other namespaces send requests, so most of these do not wait at all.
 * The turns change when work runs, never its result. The work of one namespace keeps its order.
 */
export function createFairTurns({
  now = () => performance.now(),
  nextTurn = setImmediate,
  later = (callback, ms) => void setTimeout(callback, ms).unref(),
  deferred = () => {},
}: FairTurnsParts = {}) {
  /** The debt of a namespace at a time. */
  const debts = new Map<string, { readonly ms: number; readonly at: number }>()
  /** By namespace, in the order of their turns: work, and since when it waits. */
  const waiting = new Map<string, Map<Work, number>>()
  const resting = new Set<string>()
  /** The namespace whose work last ran at once, and when. */
  let atOnce: string | undefined
  let atOnceAt = Number.NEGATIVE_INFINITY

  function owed(namespace: string, at: number): number {
    const debt = debts.get(namespace)
    return debt ? Math.max(0, debt.ms - ((at - debt.at) * limits.debtDecayMs) / 1_000) : 0
  }

  function charge(namespace: string, startedAt: number, at: number): void {
    if (!debts.has(namespace) && debts.size >= limits.debtors) forgetSome(at)
    debts.set(namespace, { ms: Math.min(owed(namespace, at) + at - startedAt, limits.mostDebtMs), at })
  }

  /** A debt lasts in proportion to the time that caused it, so few namespaces have one at the same time, however many there are. */
  function forgetSome(at: number): void {
    for (const namespace of debts.keys()) if (owed(namespace, at) === 0) debts.delete(namespace)
    for (const namespace of debts.keys()) {
      if (debts.size < limits.debtors) break
      debts.delete(namespace)
    }
  }

  function defer(namespace: string, work: Work, since: number): () => boolean {
    const others = waiting.get(namespace)
    if (others) others.set(work, since)
    else waiting.set(namespace, new Map([[work, since]]))
    deferred()
    schedule()
    return () => {
      const own = waiting.get(namespace)
      if (!own?.delete(work)) return false
      if (own.size === 0) waiting.delete(namespace)
      return true
    }
  }

  let isScheduled = false
  function schedule(): void {
    if (isScheduled || waiting.size === 0) return
    isScheduled = true
    nextTurn(turn)
  }

  function turn(): void {
    isScheduled = false
    const startedAt = now()
    const next = takeNext(startedAt)
    // All waiting namespaces rest. The end of a rest schedules a turn.
    if (!next) return
    try {
      next.work.run()
    } finally {
      const at = now()
      charge(next.namespace, startedAt, at)
      rest(next.namespace, at - startedAt, at)
      schedule()
    }
  }

  function rest(namespace: string, tookMs: number, at: number): void {
    const isAlone = atOnce === namespace || at - atOnceAt > limits.othersMs
    if (isAlone || tookMs < limits.longReviewMs) return
    resting.add(namespace)
    later(
      () => {
        resting.delete(namespace)
        schedule()
      },
      tookMs * (1_000 / limits.debtDecayMs - 1),
    )
  }

  function takeNext(at: number): { readonly namespace: string; readonly work: Work } | undefined {
    for (const [namespace, works] of waiting) {
      if (resting.has(namespace)) continue
      waiting.delete(namespace)
      for (const [work, since] of works) {
        works.delete(work)
        if (at - since > limits.deferredMs) {
          work.late()
          continue
        }
        if (works.size > 0) waiting.set(namespace, works)
        return { namespace, work }
      }
    }
    return undefined
  }

  return {
    /** Number of namespaces with a debt that is remembered. */
    debtors: () => debts.size,
    /**
     * Runs work at once, or in a later turn of the event loop if its namespace used much time lately. For work that waits it
     * returns a function that cancels it, which returns false if it ran already. Work without a namespace never waits.
     */
    take(named: string | undefined, work: Work): (() => boolean) | undefined {
      const at = now()
      // No namespace has such a name, so all such names count as one.
      const namespace = named !== undefined && named.length > limits.nameLength ? '' : named
      const mustWait =
        namespace !== undefined && (waiting.has(namespace) || owed(namespace, at) >= limits.debtMs)
      if (mustWait) return defer(namespace, work, at)
      atOnce = namespace
      atOnceAt = at
      try {
        work.run()
      } finally {
        if (namespace !== undefined) charge(namespace, at, now())
      }
      return undefined
    },
  }
}
