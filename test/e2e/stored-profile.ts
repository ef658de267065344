import { until } from '../apiserver/until.ts'
import type { Kubectl } from './kubectl.ts'

/** A ClusterSidecarProfile, of which the tests of rollouts read the status. */
export interface StoredProfile {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly revision?: string
    readonly conditions?: readonly StoredCondition[]
    readonly rollout?: RolloutState
  }
}

interface StoredCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
}

interface RolloutState {
  readonly phase: string
  readonly stable: string
  readonly canary?: string
  readonly percent?: number
  readonly matched?: number
  readonly updated?: number
  readonly ready?: number
  readonly needsRecreate?: number
  readonly failed?: number
  readonly message?: string
}

export async function storedProfile(kubectl: Kubectl, name: string): Promise<StoredProfile> {
  return JSON.parse(await kubectl(['get', 'clustersidecarprofile', name, '-o=json'])) as StoredProfile
}

/** Waits until the leader has accepted the present spec, and gives its status. */
export async function accepted(
  kubectl: Kubectl,
  name: string,
): Promise<NonNullable<StoredProfile['status']>> {
  let profile = await storedProfile(kubectl, name)
  await until(`the spec of ${name} is accepted`, 20_000, async () => {
    profile = await storedProfile(kubectl, name)
    return (profile.status?.conditions ?? []).some(
      ({ type, status, observedGeneration }) =>
        type === 'Accepted' && status === 'True' && observedGeneration === profile.metadata.generation,
    )
  })
  return profile.status ?? {}
}
