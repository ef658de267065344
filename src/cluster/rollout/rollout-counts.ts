import type { Phase } from '../../profile/schema/rollout-schema.ts'
import { shownNamespaces, topNamespaces } from '../sweep/findings-by-namespace.ts'

/** States of a Pod in a rollout. */
export const rolloutPodStates = ['ready', 'updating', 'outdated', 'needsRecreate', 'failed'] as const
export type RolloutPodState = (typeof rolloutPodStates)[number]

/** A profile with a rollout, and the number of its Pods by state. */
export interface CountedRollout {
  /** Absent for a ClusterSidecarProfile. */
  readonly namespace?: string
  readonly name: string
  readonly phase: Phase
  readonly pods: Readonly<Record<RolloutPodState, number>>
}

/** Series of the metrics. Only a ClusterSidecarProfile has `profile`, only the SidecarProfiles of a namespace have `namespace`. */
export interface RolloutCounts {
  readonly rollouts: readonly (Series & { readonly phase: Phase })[]
  readonly pods: readonly (Series & { readonly state: RolloutPodState })[]
}

interface Series {
  readonly profile: string
  readonly namespace: string
  readonly count: number
}

/**
 * The counts of all rollouts: each ClusterSidecarProfile by itself, and SidecarProfiles summed by namespace, because anybody
 * with a namespace can create them. The namespaces with the most are shown, the others as `(other)`.
 */
export function rolloutCounts(all: readonly CountedRollout[]): RolloutCounts {
  const ofCluster = all.filter(({ namespace }) => namespace === undefined)
  const phases = summed(all, ({ phase }) => [[phase, 1]])
  const states = summed(all, ({ pods }) => rolloutPodStates.map(state => [state, pods[state]]))
  return {
    rollouts: [
      ...ofCluster.map(({ name, phase }) => ({ profile: name, namespace: '', phase, count: 1 })),
      ...phases.map(({ kind: phase, ...series }) => ({ profile: '', ...series, phase })),
    ],
    pods: [
      ...ofCluster.flatMap(({ name, pods }) =>
        rolloutPodStates.map(state => ({ profile: name, namespace: '', state, count: pods[state] })),
      ),
      ...states.map(({ kind: state, ...series }) => ({ profile: '', ...series, state })),
    ],
  }
}

/** The sums of SidecarProfiles by namespace. */
function summed<Key extends string>(
  all: readonly CountedRollout[],
  partsOf: (rollout: CountedRollout) => readonly (readonly [Key, number])[],
) {
  const sums = new Map<string, Map<Key, number>>()
  for (const rollout of all) {
    const { namespace } = rollout
    if (namespace === undefined) continue
    const own = sums.get(namespace) ?? new Map<Key, number>()
    sums.set(namespace, own)
    for (const [key, count] of partsOf(rollout)) own.set(key, (own.get(key) ?? 0) + count)
  }
  return topNamespaces(sums, shownNamespaces)
}
