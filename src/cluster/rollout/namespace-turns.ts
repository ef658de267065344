/**
 * Orders rollouts so that none is always last: those of ClusterSidecarProfiles come first, and the namespaces of the others take
 * turns. Whoever edits a profile again and again would otherwise use up the Pods of each minute.
 */
export function namespaceTurns() {
  let round = 0
  return <T extends { readonly rollout: { readonly namespace?: string } }>(
    all: readonly T[],
  ): readonly T[] => {
    const names = new Set(all.flatMap(({ rollout: { namespace } }) => namespace ?? []))
    const places = new Map(Array.from(names, (name, i) => [name, (i + round) % names.size]))
    round += 1
    const placeOf = ({ rollout: { namespace } }: T) =>
      namespace === undefined ? -1 : (places.get(namespace) ?? 0)
    return all.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
