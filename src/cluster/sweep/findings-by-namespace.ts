import type { ShortfallKind } from '../../engine/missed.ts'

export type FindingsByNamespace = ReturnType<typeof findingsByNamespace>

export interface FindingCount {
  readonly namespace: string
  readonly kind: ShortfallKind
  readonly count: number
}

/** The number of Pods with a finding, by namespace and kind of finding. */
export function findingsByNamespace() {
  const byNamespace = new Map<string, Map<ShortfallKind, number>>()

  function add(namespace: string, kind: ShortfallKind, count = 1, into = byNamespace): void {
    const kinds = into.get(namespace) ?? new Map<ShortfallKind, number>()
    into.set(namespace, kinds.set(kind, (kinds.get(kind) ?? 0) + count))
  }

  const sumOf = (kinds: ReadonlyMap<ShortfallKind, number>) => [...kinds.values()].reduce((a, b) => a + b, 0)

  return {
    add: (namespace: string, kind: ShortfallKind) => add(namespace, kind),
    total: () => [...byNamespace.values()].reduce((sum, kinds) => sum + sumOf(kinds), 0),
    /**
     * The namespaces with the most findings, sorted, and the sum of the others as `(other)`, which cannot be the name of a
     * namespace: so a metric by namespace stays small in a cluster with ten thousand of them.
     */
    top(most: number): readonly FindingCount[] {
      const sorted = [...byNamespace].sort(([a, x], [b, y]) => sumOf(y) - sumOf(x) || (a < b ? -1 : 1))
      const shown = new Map(sorted.slice(0, most))
      const rest = new Map<string, Map<ShortfallKind, number>>()
      for (const [, kinds] of sorted.slice(most)) {
        for (const [kind, count] of kinds) add('(other)', kind, count, rest)
      }
      return [...shown, ...rest].flatMap(([namespace, kinds]) =>
        [...kinds].map(([kind, count]) => ({ namespace, kind, count })),
      )
    },
  }
}
