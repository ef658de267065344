import { normalPath } from '../../profile/places.ts'
import type { Container, Pod, VolumeMount } from '../pod.ts'

/**
 * How the API server has mounted the ServiceAccount's token in a Pod's containers; undefined where it has not. It
 * would give the same mount to each container that we add, and then call us again, because the Pod has changed since.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
 */
export function tokenMountOf({ spec }: Pod): VolumeMount | undefined {
  for (const { volumeMounts = [] } of spec?.containers ?? []) {
    const mount = volumeMounts.find(({ name, mountPath }) => mountPath === path && name.startsWith(prefix))
    if (mount) return { name: mount.name, readOnly: true, mountPath: path }
  }
  return undefined
}

/** A container with that mount, unless it mounts something there itself. */
export function withTokenMount(container: Container, mount: VolumeMount | undefined): Container {
  const { volumeMounts = [] } = container
  if (!mount || volumeMounts.some(({ mountPath }) => normalPath(mountPath) === path)) return container
  return { ...container, volumeMounts: [...volumeMounts, mount] }
}

const path = '/var/run/secrets/kubernetes.io/serviceaccount'
const prefix = 'kube-api-access-'
