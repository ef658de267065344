import { webhooksOf } from '../../engine/select/call-path.ts'
import { isObject, type JsonObject } from '../../json/json.ts'
import { type LiveCluster, present, type Seen } from './live-cluster.ts'

/** An installation of Pillion in a cluster, as far as the permissions of the user show it. */
export interface LiveInstallation {
  readonly cluster: LiveCluster
  /** The name of the webhook configurations, the Service, the Lease and the Deployment. */
  readonly name: string
  readonly namespace: string
  /** The MutatingWebhookConfiguration. */
  readonly mutating: Seen<JsonObject>
  readonly validating: Seen<JsonObject>
}

/** Which installation, and where. */
export interface InstallationFlags {
  readonly name: string
  readonly namespace?: string
  readonly context?: string
}

/** Finds an installation. Its namespace, unless given, is that of the Service in its webhook configurations. */
export async function liveInstallation(
  cluster: LiveCluster,
  { name, namespace }: Pick<InstallationFlags, 'name' | 'namespace'>,
): Promise<LiveInstallation> {
  const [mutating, validating] = await Promise.all([
    cluster.get(`${webhookConfigurations}/mutatingwebhookconfigurations/${name}`),
    cluster.get(`${webhookConfigurations}/validatingwebhookconfigurations/${name}`),
  ])
  const [called] = [mutating, validating].flatMap(servicesOf)
  return { cluster, name, namespace: namespace ?? called ?? name, mutating, validating }
}

export const webhookConfigurations = '/apis/admissionregistration.k8s.io/v1'

/** The namespaces of the Services that the webhooks of a configuration call. */
function servicesOf(configuration: Seen<JsonObject>): readonly string[] {
  return webhooksOf(present(configuration) ?? {}).flatMap(({ clientConfig }) => {
    const service = isObject(clientConfig) ? clientConfig['service'] : undefined
    return isObject(service) && typeof service['namespace'] === 'string' ? [service['namespace']] : []
  })
}
