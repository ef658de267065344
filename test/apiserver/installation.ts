import { type Api, succeeded } from '../../src/cluster/api/api.ts'
import type { SecretData } from '../../src/cluster/certificate/certificate-contents.ts'
import type { JsonObject } from '../../src/json/json.ts'
import type { ApiServer } from './apiserver.ts'
import { apiFor } from './client.ts'

const group = '/apis/admissionregistration.k8s.io/v1'
const kinds = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const

/** The paths of both webhook configurations of an installation. */
export const configurationsOf = (name: string) => kinds.map(kind => `${group}/${kind}/${name}`)

/** An installation of Pillion in a namespace of its own, and called as that. */
export interface Installation {
  readonly namespace: string
  readonly name: string
  /** Path of the Secret. */
  readonly secret: string
  /** What the Secret holds. */
  stored(): Promise<SecretData>
  /** Each `caBundle` in PEM: of two webhooks in each of two configurations. */
  bundles(): Promise<string[]>
}

export async function install(server: ApiServer, name: string): Promise<Installation> {
  const api = apiFor(server)
  await server.createNamespace(name)
  const secret = `/api/v1/namespaces/${name}/secrets/${name}-tls`
  return {
    namespace: name,
    name,
    secret,
    async stored() {
      const { data } = succeeded(await api.request('GET', secret))
      return Object.fromEntries(
        Object.entries(data as Record<string, string>).map(([member, text]) => [member, decode(text)]),
      )
    },
    async bundles() {
      const configurations = await Promise.all(configurationsOf(name).map(path => api.request('GET', path)))
      return configurations.flatMap(configuration => bundlesIn(succeeded(configuration)))
    },
  }
}

/**
 * Creates both configurations without any `caBundle`. The mutating one asks a port of this machine about
 * Pods of the namespaces labelled `mutate=NAME`, the other nobody about nothing.
 */
export async function configure(api: Api, name: string, port = 1): Promise<void> {
  for (const kind of kinds) {
    const label = kind === kinds[0] ? 'mutate' : 'never'
    const webhook = {
      name: 'pod.inject.pillion.dev',
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
      clientConfig: { url: `https://127.0.0.1:${port}/mutate` },
      namespaceSelector: { matchLabels: { [label]: name } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
    }
    const body = { metadata: { name }, webhooks: [webhook, { ...webhook, name: 'other.inject.pillion.dev' }] }
    succeeded(await api.request('POST', `${group}/${kind}`, { body }))
  }
}

function bundlesIn({ webhooks }: JsonObject): string[] {
  return (webhooks as { clientConfig: { caBundle?: string } }[]).map(({ clientConfig }) =>
    decode(clientConfig.caBundle ?? ''),
  )
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
