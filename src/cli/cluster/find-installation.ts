import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { Failure } from '../io.ts'
import { type LiveCluster, present } from './live-cluster.ts'

/** The name in deploy/, and of a Helm release `pillion`. */
const usualName = 'pillion'

/**
 * The name and, where only the Deployment says it, the namespace of the installation in a cluster, by the labels of its
 * webhook configuration or of its Deployment. The usual name if there are several, or if they cannot be listed.
 */
export async function findInstallation(
  cluster: LiveCluster,
): Promise<{ readonly name: string; readonly namespace?: string }> {
  for (const path of [
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    '/apis/apps/v1/deployments',
  ]) {
    const found = (present(await cluster.list(path, { labelSelector: ofPillion })) ?? []).map(metadataOf)
    const names = [...new Set(found.map(({ name }) => String(name)))].sort()
    if (names.includes(usualName)) return { name: usualName }
    if (names.length > 1)
      throw new Failure(
        2,
        `there are several installations of Pillion: --name must be one of ${names.join(', ')}`,
      )
    const [only] = found
    if (only)
      return {
        name: String(only['name']),
        ...(only['namespace'] && { namespace: String(only['namespace']) }),
      }
  }
  return { name: usualName }
}

const ofPillion = 'app.kubernetes.io/name=pillion,app.kubernetes.io/component=server'

/** The command that creates what is missing of an installation again, as its labels say that it was installed. */
export function repairCommand(
  objects: readonly (JsonObject | undefined)[],
  overlay: '' | 'overlays/evict' | 'overlays/rollout',
): string {
  for (const object of objects) {
    const { labels, annotations } = metadataOf(object ?? {})
    const manager = objectAt(labels)['app.kubernetes.io/managed-by']
    const { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace } =
      objectAt(annotations)
    if (manager === 'Helm' && release !== undefined)
      return `helm upgrade ${release} charts/pillion -n ${namespace} --reset-then-reuse-values`
    if (manager === 'kustomize') return `kubectl apply -k deploy/${overlay}`
  }
  return 'kubectl apply -k deploy/, or helm upgrade: as you have installed it'
}
