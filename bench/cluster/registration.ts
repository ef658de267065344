import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../src/json/json.ts'
import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { until } from '../../test/apiserver/until.ts'
import { isInjectedNow } from './creation.ts'
import { askingPod } from './pods.ts'

export interface Webhook {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** In PEM. */
  readonly ca: string
}

/** Objects that make the API server inject in one namespace. */
export type Registration = readonly JsonObject[]

/**
 * Both webhooks that deploy/ registers, for that namespace alone and at a port of this machine, with fields of
 * the one for Pods that ask otherwise. A call that fails refuses the Pod, so that none is missed.
 */
export async function webhooksFor(
  namespace: string,
  { url, ca }: Webhook,
  otherwise: Readonly<Record<string, unknown>> = {},
): Promise<Registration> {
  const clientConfig = { url: `${url}/mutate`, caBundle: Buffer.from(ca).toString('base64') }
  const [configuration = {}] = await objectsIn('../../deploy/base/webhook.yaml')
  const registered = configuration['webhooks'] as unknown as readonly Selecting[]
  const webhooks = registered.map(webhook => ({
    ...webhook,
    ...(webhook.name === 'pod.inject.pillion.dev' && otherwise),
    ...only(namespace, webhook),
    clientConfig,
    failurePolicy: 'Fail',
  }))
  return [{ ...configuration, metadata: { name: namespace }, webhooks: webhooks as unknown as JsonObject[] }]
}

/** The policy that injects the same, and its binding. */
export async function policyFor(namespace: string): Promise<Registration> {
  const [policy, binding] = await objectsIn('policy.yaml')
  if (!policy || !binding) throw new Error('policy.yaml has a policy and its binding')
  const spec = binding['spec'] as JsonObject
  return [policy, { ...binding, spec: { ...spec, matchResources: only(namespace) as unknown as JsonObject } }]
}

interface Selecting {
  readonly name?: string
  readonly namespaceSelector?: { readonly matchExpressions?: readonly object[] }
}

function only(namespace: string, { namespaceSelector }: Selecting = {}): Selecting {
  const here = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] }
  return { namespaceSelector: { matchExpressions: [...(namespaceSelector?.matchExpressions ?? []), here] } }
}

async function objectsIn(file: string): Promise<readonly JsonObject[]> {
  const text = await readFile(join(import.meta.dirname, file), 'utf8')
  return parseAllDocuments(text).map(document => document.toJS())
}

/** Resolves when Pods that ask are injected in that namespace. */
export async function register(
  server: ApiServer,
  namespace: string,
  registration: Registration,
): Promise<void> {
  for (const object of registration) {
    const { status, body } = await server.request('POST', collectionOf(object), object)
    if (status !== 201) throw new Error(`the API server refused it: ${JSON.stringify(body)}`)
  }
  const isInForce = () => isInjectedNow(server, { namespace, pod: askingPod() })
  await until(`Pods of ${namespace} are injected`, 20_000, isInForce)
}

const plurals: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
}

function collectionOf({ apiVersion, kind }: JsonObject): string {
  return `/apis/${String(apiVersion)}/${plurals[String(kind)]}`
}
