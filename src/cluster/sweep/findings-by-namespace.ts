import type { ShortfallKind } from '../../engine/missed.ts'

export type FindingsByNamespace = ReturnType<typeof findingsByNamespace>

export interface FindingCount {
  readonly namespace: string
  readonly kind: ShortfallKind
  readonly count: number
}

/** The number of Pods with a finding, by namespace and kind of finding. */
export function findingsByNamespace() {
  const byNamespace = new Map<string, Counts>()

  return {
    add(namespace: string, kind: ShortfallKind): void {
      const kinds: Counts = byNamespace.get(namespace) ?? new Map()
      byNamespace.set(namespace, increase(kinds, kind, 1))
    },
    /** The number of Pods with each kind of finding. */
    totals(): Readonly<Record<ShortfallKind, number>> {
      const totals = { Missed: 0, Outdated: 0, Denied: 0 }
      for (const kinds of byNamespace.values()) for (const [kind, count] of kinds) totals[kind] += count
      return totals
    },
    /**
     * The namespaces with the most findings, sorted, and the sum of the others as `(other)`, which cannot be the name of a
     * namespace: so a metric by namespace stays small in a cluster with ten thousand of them.
     */
    top(most: number): readonly FindingCount[] {
      const sorted = [...byNamespace].sort(([a, x], [b, y]) => sumOf(y) - sumOf(x) || (a < b ? -1 : 1))
      const others: Counts = new Map()
      for (const [, kinds] of sorted.splice(most)) for (const each of kinds) increase(others, ...each)
      return [...sorted, ['(other)', others] as const].flatMap(([namespace, kinds]) =>
        [...kinds].map(([kind, count]) => ({ namespace, kind, count })),
      )
    },
  }
}

type Counts = Map<ShortfallKind, number>

function increase(counts: Counts, kind: ShortfallKind, by: number): Counts {
  return counts.set(kind, (counts.get(kind) ?? 0) + by)
}

function sumOf(counts: Counts): number {
  return [...counts.values()].reduce((a, b) => a + b, 0)
}
