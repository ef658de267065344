import type { Phase } from '../../profile/schema/rollout-schema.ts'
import { shownNamespaces, topNamespaces } from '../sweep/findings-by-namespace.ts'
import type { PodState } from './pod-state.ts'

type State = PodState['state']
const states = [
  'ready',
  'updating',
  'outdated',
  'needsRecreate',
  'failed',
] as const satisfies readonly State[]

/** A profile with a rollout, and the number of its Pods by state. */
export interface CountedRollout {
  /** Absent for a ClusterSidecarProfile. */
  readonly namespace?: string
  readonly name: string
  readonly phase: Phase
  readonly pods: Readonly<Record<State, number>>
}

/** Series of the metrics. Only a ClusterSidecarProfile has `profile`, only the SidecarProfiles of a namespace have `namespace`. */
export interface RolloutCounts {
  readonly rollouts: readonly (Series & { readonly phase: Phase })[]
  readonly pods: readonly (Series & { readonly state: State })[]
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
  const byState = summed(all, ({ pods }) => states.map(state => [state, pods[state]]))
  return {
    rollouts: [
      ...ofCluster.map(({ name, phase }) => ({ profile: name, namespace: '', phase, count: 1 })),
      ...phases.map(({ kind: phase, ...series }) => ({ profile: '', ...series, phase })),
    ],
    pods: [
      ...ofCluster.flatMap(({ name, pods }) =>
        states.map(state => ({ profile: name, namespace: '', state, count: pods[state] })),
      ),
      ...byState.map(({ kind: state, ...series }) => ({ profile: '', ...series, state })),
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
