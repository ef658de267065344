import type { ShortfallKind } from '../../engine/missed.ts'

/** How many namespaces a metric shows. Even in a large cluster few have missed Pods or blocked workloads. */
export const shownNamespaces = 20

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
    /** As `topNamespaces`. */
    top: (most: number): readonly FindingCount[] => topNamespaces(byNamespace, most),
  }
}

/**
 * The counts of the namespaces with the most, sorted, and the sums of the others as `(other)`, which cannot be the name of a
 * namespace: so a metric by namespace stays small in a cluster with ten thousand of them.
 */
export function topNamespaces<Kind extends string>(
  byNamespace: ReadonlyMap<string, Counts<Kind>>,
  most: number,
): readonly { readonly namespace: string; readonly kind: Kind; readonly count: number }[] {
  const sorted = [...byNamespace].sort(([a, x], [b, y]) => sumOf(y) - sumOf(x) || (a < b ? -1 : 1))
  const others: Counts<Kind> = new Map()
  for (const [, kinds] of sorted.splice(most)) for (const each of kinds) increase(others, ...each)
  return [...sorted, ['(other)', others] as const].flatMap(([namespace, kinds]) =>
    [...kinds].map(([kind, count]) => ({ namespace, kind, count })),
  )
}

type Counts<Kind extends string = ShortfallKind> = Map<Kind, number>

function increase<Kind extends string>(counts: Counts<Kind>, kind: Kind, by: number): Counts<Kind> {
  return counts.set(kind, (counts.get(kind) ?? 0) + by)
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((a, b) => a + b, 0)
}
