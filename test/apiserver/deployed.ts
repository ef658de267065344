import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import { hasMinor } from '../../src/engine/render/render.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { createLog } from '../../src/server/log.ts'
import { type Running, start } from '../../src/server/main.ts'
import { readOptions } from '../../src/server/options.ts'
import type { ApiServer } from './apiserver.ts'
import { installCustomResources } from './custom-resources.ts'
import { kubernetesVersion } from './from.ts'
import { until } from './until.ts'

/**
 * Installs Pillion as `deploy/` and `catalog/` do, and starts one real server for it, which looks after the
 * cluster of `KUBECONFIG`. Resolves when Pods get what they ask for, and it leads. Nothing routes Services here: that of
 * Pillion is a name for this machine, with the server's port.
 */
export async function deploy(server: ApiServer): Promise<Running> {
  await install(server)
  return serveIn(server)
}

/** All of it but the server, and what calls it. */
export async function install(server: ApiServer): Promise<void> {
  await installCustomResources(server)
  await server.createNamespace('pillion')
  // As deploy/README.md says: 1.28 and 1.29 have no ValidatingAdmissionPolicy.
  const policy = hasMinor(kubernetesVersion, 30) ? ['token-policy'] : []
  for (const file of ['rbac', 'sweep', ...policy, 'deployment'])
    await create(server, `deploy/base/${file}.yaml`)
  // No controller runs that would say so.
  const path = '/apis/apps/v1/namespaces/pillion/deployments/pillion/status'
  await server.request('PATCH', path, { status: { replicas: 2, readyReplicas: 2, availableReplicas: 2 } })
  for (const file of ['log-tail', 'work-dir']) await create(server, `catalog/${file}.yaml`)
}

/** Starts the server of an installation, as the user of `KUBECONFIG`. */
export async function serveIn(server: ApiServer): Promise<Running> {
  const running = await startServer()
  await callAt(server, running.port)
  await until('Pods get what they ask for', 20_000, () => isInjected(server))
  await until('the server leads', 20_000, () => isLed(server))
  return running
}

/** Makes the API server call what listens on a port of this machine. */
export async function callAt(server: ApiServer, port: number): Promise<void> {
  await post(server, serviceAt(port))
  await post(server, endpoints)
  await create(server, 'deploy/base/webhook.yaml', object => withPort(object, port))
}

/** A Pod that asks, or asks for nothing. */
export function podAsking(name: string, profiles?: string): JsonObject {
  const annotations = profiles === undefined ? {} : { 'pillion.dev/inject': profiles }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations, labels: { app: name } },
    spec: { containers: [{ name: 'app', image: 'example/app:1' }] },
  }
}

/** Creates objects; throws where one is refused. */
export async function post({ request }: Pick<ApiServer, 'request'>, ...objects: readonly JsonObject[]) {
  for (const object of objects) {
    const { status, body } = await request('POST', collectionOf(object), object)
    if (status !== 201) throw new Error(`the API server refused ${object['kind']}: ${JSON.stringify(body)}`)
  }
}

/** Creates the objects of a file. */
export async function create(
  server: ApiServer,
  file: string,
  change: (object: JsonObject) => JsonObject = object => object,
): Promise<void> {
  const objects = parseAllDocuments(await readFile(file, 'utf8')).map(each => each.toJS() as JsonObject)
  await post(server, ...objects.map(change))
}

async function startServer(): Promise<Running> {
  const flags = { cluster: 'true', namespace: 'pillion', identity: 'replica-1', host: '127.0.0.1' }
  const read = readOptions({ ...flags, port: '0', metricsPort: '0', drainDelayMs: '0' }, {})
  const running =
    'problems' in read ? read : await start(read.options, {}, createLog('silent', { write: () => {} }))
  if ('problems' in running) throw new Error(running.problems.join('\n'))
  return running
}

async function isInjected({ request }: ApiServer): Promise<boolean> {
  const pod = podAsking('first', 'work-dir')
  const { body } = await request<{ metadata?: { annotations?: object } }>(
    'POST',
    '/api/v1/namespaces/default/pods',
    pod,
    { dryRun: true },
  )
  return Object.hasOwn(body.metadata?.annotations ?? {}, 'pillion.dev/status')
}

async function isLed({ request }: ApiServer): Promise<boolean> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/pillion/leases/pillion'
  const { body } = await request<{ spec?: { holderIdentity?: string } }>('GET', path)
  return (body.spec?.holderIdentity ?? '') !== ''
}

/** What the API server makes of an ExternalName is the address that it calls. */
function serviceAt(port: number): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'pillion', namespace: 'pillion' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port }] },
  }
}

/** No controller runs that would make it. */
const endpoints: JsonObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'pillion-1',
    namespace: 'pillion',
    labels: { 'kubernetes.io/service-name': 'pillion' },
  },
  addressType: 'IPv4',
  ports: [{ name: 'https', port: 8443 }],
  endpoints: ['10.0.0.1', '10.0.0.2'].map(address => ({
    addresses: [address],
    conditions: { ready: true },
  })),
}

function withPort(configuration: JsonObject, port: number): JsonObject {
  const webhooks = configuration['webhooks'] as readonly { clientConfig: { service: object } }[]
  return {
    ...configuration,
    webhooks: webhooks.map(({ clientConfig: { service }, ...webhook }) => ({
      ...webhook,
      clientConfig: { service: { ...service, port } },
    })),
  }
}

const cluster = 'cluster'
const plurals: Readonly<Record<string, readonly [plural: string, scope?: typeof cluster]>> = {
  ServiceAccount: ['serviceaccounts'],
  Role: ['roles'],
  RoleBinding: ['rolebindings'],
  ClusterRole: ['clusterroles', cluster],
  ClusterRoleBinding: ['clusterrolebindings', cluster],
  Deployment: ['deployments'],
  PodDisruptionBudget: ['poddisruptionbudgets'],
  Service: ['services'],
  EndpointSlice: ['endpointslices'],
  Pod: ['pods'],
  ValidatingAdmissionPolicy: ['validatingadmissionpolicies', cluster],
  ValidatingAdmissionPolicyBinding: ['validatingadmissionpolicybindings', cluster],
  MutatingWebhookConfiguration: ['mutatingwebhookconfigurations', cluster],
  ValidatingWebhookConfiguration: ['validatingwebhookconfigurations', cluster],
  ClusterSidecarProfile: ['clustersidecarprofiles', cluster],
  SidecarProfile: ['sidecarprofiles'],
  FlowSchema: ['flowschemas', cluster],
  PriorityLevelConfiguration: ['prioritylevelconfigurations', cluster],
  ControllerRevision: ['controllerrevisions'],
  ReplicaSet: ['replicasets'],
  CronJob: ['cronjobs'],
}

/** Where objects of a kind are created; in `pillion` when they name no namespace, as `deploy/` has them. */
function collectionOf({ apiVersion, kind, metadata }: JsonObject): string {
  const [plural, scope] = plurals[String(kind)] ?? []
  if (plural === undefined) throw new Error(`where are objects of kind ${String(kind)}?`)
  const version = String(apiVersion)
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`
  const { namespace = 'pillion' } = metadata as { readonly namespace?: string }
  return scope === cluster ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`
}
