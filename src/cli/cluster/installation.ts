import type { Cluster } from '../../engine/decision.ts'
import { webhooksOf } from '../../engine/select/call-path.ts'
import { isObject, type JsonObject, objectAt, objectsIn } from '../../json/json.ts'
import { type Options, settings } from '../../server/options.ts'
import { testedKubernetes } from '../manifests/without-cluster.ts'
import { findInstallation, repairCommand } from './find-installation.ts'
import { type LiveCluster, present, type Seen } from './live-cluster.ts'
import type { ClusterFlags } from './options.ts'

/** An installation of Pillion in a cluster, as far as the permissions of the user show it. */
export interface LiveInstallation {
  readonly cluster: LiveCluster
  /** The name of the webhook configurations, the Service, the Lease and the Deployment. */
  readonly name: string
  readonly namespace: string
  /** The namespace of workloads: of `-n`, or of the context. */
  readonly workloadNamespace: string
  /** The MutatingWebhookConfiguration. */
  readonly mutating: Seen<JsonObject>
  readonly validating: Seen<JsonObject>
  readonly deployment: Seen<JsonObject>
  /** The command that creates again what is missing, as Pillion was installed. */
  readonly repair: string
}

/** Which installation, and where. */
export interface InstallationFlags extends ClusterFlags {
  /** Default: found by labels. */
  readonly name?: string
  readonly installationNamespace?: string
  /** The namespace of workloads. */
  readonly namespace?: string
}

/**
 * Finds an installation. Its namespace, unless given, is that of the Service in its webhook configurations, or that of its
 * Deployment.
 */
export async function liveInstallation(
  cluster: LiveCluster,
  flags: Pick<InstallationFlags, 'name' | 'installationNamespace' | 'namespace'>,
): Promise<LiveInstallation> {
  const found = flags.name === undefined ? await findInstallation(cluster) : { name: flags.name }
  const { name } = found
  const [mutating, validating] = await Promise.all([
    cluster.get(`${webhookConfigurations}/mutatingwebhookconfigurations/${name}`),
    cluster.get(`${webhookConfigurations}/validatingwebhookconfigurations/${name}`),
  ])
  const [service] = servicesIn(mutating, validating)
  const namespace = flags.installationNamespace ?? service?.namespace ?? found.namespace ?? name
  const deployment = await cluster.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
  const overlay =
    settingOf({ deployment }, 'rollout') === 'true'
      ? 'overlays/rollout'
      : settingOf({ deployment }, 'sweepEvict') === 'missed'
        ? 'overlays/evict'
        : ''
  const repair = repairCommand([mutating, validating, deployment].map(present), overlay)
  const workloadNamespace = flags.namespace ?? cluster.namespace
  return { cluster, name, namespace, workloadNamespace, mutating, validating, deployment, repair }
}

/** Whether there is anything of an installation that acts; its CRDs, Lease and Secret stay when it is removed. */
export function isInstalled({ mutating, validating, deployment }: LiveInstallation): boolean {
  return [mutating, validating, deployment].some(({ state }) => state !== 'absent')
}

/** One sentence, and how to install it. */
export function notInstalled({ name, namespace }: LiveInstallation) {
  return {
    message: `Pillion is not installed: there is no MutatingWebhookConfiguration ${name} and no Deployment ${namespace}/${name}`,
    hint: 'helm install pillion charts/pillion -n pillion --create-namespace, after the steps in docs/helm.md; or see deploy/README.md',
  }
}

export const webhookConfigurations = '/apis/admissionregistration.k8s.io/v1'

/** The webhooks in configurations, as far as they could be read. */
export function webhooksIn(...configurations: readonly Seen<JsonObject>[]): readonly JsonObject[] {
  return configurations.flatMap(seen => webhooksOf(present(seen) ?? {}))
}

/** The Services that the webhooks of configurations call. */
export function servicesIn(...configurations: readonly Seen<JsonObject>[]) {
  return webhooksIn(...configurations).flatMap(({ clientConfig }) => {
    const { service } = isObject(clientConfig) ? clientConfig : {}
    if (!isObject(service)) return []
    const { namespace, name, port = 443 } = service
    return [{ namespace: String(namespace), name: String(name), port: Number(port) }]
  })
}

/** The image of the replicas. */
export function imageOf({ deployment }: LiveInstallation): string | undefined {
  const [container] = objectsIn(podSpecIn(deployment)['containers'])
  return typeof container?.['image'] === 'string' ? container['image'] : undefined
}

/** The name of the ServiceAccount of the replicas. */
export function serviceAccountOf({ deployment, name }: LiveInstallation): string {
  return String(podSpecIn(deployment)['serviceAccountName'] ?? name)
}

/**
 * The value of a setting in the Deployment, by flag or by environment variable; the default when it sets neither. The last of
 * several flags wins.
 */
export function settingOf(
  { deployment }: Pick<LiveInstallation, 'deployment'>,
  name: keyof Options,
): string | undefined {
  const setting = settings.find(each => each.name === name)
  if (!setting) return undefined
  for (const { args, command, env } of objectsIn(podSpecIn(deployment)['containers'])) {
    const words = [command, args].flatMap(list => (Array.isArray(list) ? list.map(String) : []))
    const at = words.findLastIndex(word => word === setting.flag || word.startsWith(`${setting.flag}=`))
    const written = words[at]
    if (written !== undefined)
      return written === setting.flag ? words[at + 1] : written.slice(setting.flag.length + 1)
    const value = objectsIn(env).find(each => each['name'] === setting.variable)?.['value']
    if (typeof value === 'string') return value
  }
  return setting.default
}

/** The cluster as the replicas decide with it: they exclude the namespaces of the Deployment's setting, and their own. */
export async function engineOf(installation: LiveInstallation): Promise<Cluster> {
  const names = (settingOf(installation, 'excludedNamespaces') ?? '').split(',').map(name => name.trim())
  return {
    kubernetesVersion: await versionOf(installation.cluster),
    excludedNamespaces: new Set([...names.filter(name => name !== ''), installation.namespace]),
  }
}

/** `1.34`, also when a cloud provider reports 34+; the version of the tests when it cannot be read. */
export async function versionOf(cluster: LiveCluster): Promise<string> {
  const { major, minor } = present(await cluster.get('/version')) ?? {}
  return /^\d+\.\d+/.exec(`${major}.${minor}`)?.[0] ?? testedKubernetes
}

/** The spec of the Pods of a Deployment; empty when the Deployment could not be read. */
function podSpecIn(deployment: Seen<JsonObject>): JsonObject {
  return objectAt(present(deployment), 'spec', 'template', 'spec')
}
