import type { Cluster } from '../engine/decision.ts'
import { hasMinor } from '../engine/render/render.ts'
import type { Problem } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import { describeUpdatesOff } from '../profile/rollout/describe-rollout.ts'

const path = ['spec', 'rollout', 'update']

/**
 * Why the rollout of a profile could never do what its spec says on this cluster. Kubernetes changes the image of a native
 * sidecar in place since 1.32. https://github.com/kubernetes/kubernetes/pull/128367
 */
export function rolloutObjections(
  { rollout, lifecycle, containers }: Profile,
  { cluster }: { readonly cluster?: Pick<Cluster, 'kubernetesVersion'> },
): readonly Problem[] {
  if (rollout?.update !== 'InPlace' || !cluster) return []
  const { kubernetesVersion } = cluster
  const givesNative = containers.length > 0 && lifecycle !== 'regular' && hasMinor(kubernetesVersion, 29)
  if (!givesNative || hasMinor(kubernetesVersion, 32)) return []
  const message = `is InPlace, but a native sidecar gets a new image in place only on Kubernetes 1.32 or newer, and this cluster is ${kubernetesVersion}: use Recreate or OnCreate, or lifecycle: regular`
  return [{ path, message }]
}

/** What the author must know if this installation does not update Pods that run; undefined if there is nothing. */
export function rolloutWarning({ rollout }: Profile, updatesPods: boolean | undefined): string | undefined {
  const { update = 'OnCreate' } = rollout ?? {}
  return update === 'OnCreate' || updatesPods !== false ? undefined : describeUpdatesOff(update)
}
