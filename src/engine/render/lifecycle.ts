import type { Profile } from '../../profile/profile.ts'
import type { Cluster, Subject } from '../decision.ts'
import { because } from '../reason.ts'
import type { Refusal } from '../select/select.ts'

/**
 * Whether a profile's `containers` become native sidecars, or why they cannot run in this Pod.
 * A regular sidecar would keep a Pod that runs to completion (a Job's, by its restartPolicy) from ever
 * ending. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function lifecycleOf(
  profile: Profile,
  { pod }: Subject,
  { kubernetesVersion }: Cluster,
): { readonly isNative: boolean } | { readonly refused: Refusal } {
  if (profile.containers.length === 0) return { isNative: false }
  const available = hasNativeSidecars(kubernetesVersion)
  const policy = pod.spec?.restartPolicy ?? 'Always'
  if (profile.lifecycle === 'native' && !available) {
    const what = `profile ${profile.name} needs native sidecars (Kubernetes 1.29 or newer); this cluster is ${kubernetesVersion}`
    return {
      refused: { name: profile.name, profile, outcome: 'denied', ...because('RequirementNotMet', what) },
    }
  }
  const isNative = available && profile.lifecycle !== 'regular'
  if (!isNative && policy !== 'Always') {
    return {
      refused: { name: profile.name, profile, outcome: 'skipped', ...because('JobWouldNeverFinish', policy) },
    }
  }
  return { isNative }
}

function hasNativeSidecars(version: string): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map(part => Number.parseInt(part, 10))
  return major > 1 || (major === 1 && minor >= 29)
}
