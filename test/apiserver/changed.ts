import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import type { ApiServer } from './apiserver.ts'
import { post } from './deployed.ts'
import { until } from './until.ts'

/** Changes an object for the time of a test. */
export async function changed(
  server: ApiServer,
  path: string,
  change: (object: JsonObject) => JsonObject,
): Promise<void> {
  const { body } = await server.request<JsonObject>('GET', path)
  await replace(server, path, change(body))
  onTestFinished(() => replace(server, path, body))
}

/** Somebody else, who keeps a caBundle right for example, may write in between. */
async function replace(
  { request }: ApiServer,
  path: string,
  { metadata, ...object }: JsonObject,
): Promise<void> {
  await until(`${path} is replaced`, 5_000, async () => {
    const { body } = await request<{ metadata: { resourceVersion: string } }>('GET', path)
    const { resourceVersion } = body.metadata
    const due = { ...object, metadata: { ...(metadata as JsonObject), resourceVersion } }
    return (await request('PUT', path, due)).status === 200
  })
}

/** Has a webhook of somebody else, which is called for nothing, for the time of a test. */
export async function otherWebhook(server: ApiServer, name: string): Promise<void> {
  const kind = 'MutatingWebhookConfiguration'
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }]
  const webhook = {
    name: 'other.example.com',
    rules,
    clientConfig: { url: 'https://127.0.0.1:1/' },
    namespaceSelector: { matchLabels: { none: 'such' } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
  }
  const apiVersion = 'admissionregistration.k8s.io/v1'
  await post(server, { apiVersion, kind, metadata: { name }, webhooks: [webhook] })
  onTestFinished(
    async () =>
      void (await server.request('DELETE', `/apis/${apiVersion}/mutatingwebhookconfigurations/${name}`)),
  )
}

/** An EndpointSlice with one endpoint. */
export function endpoint(ready: boolean) {
  const endpoints = [{ addresses: ['10.0.0.1'], conditions: { ready } }]
  return (object: JsonObject): JsonObject => ({ ...object, endpoints })
}

/** `clientConfig: undefined` takes the caBundle out of it. */
export function everyWebhook(part: JsonObject) {
  return (object: JsonObject): JsonObject => ({
    ...object,
    webhooks: (object['webhooks'] as readonly JsonObject[]).map(webhook => {
      const { caBundle, ...clientConfig } = webhook['clientConfig'] as JsonObject
      const keeps = 'clientConfig' in part ? {} : { caBundle }
      return { ...webhook, ...part, clientConfig: { ...clientConfig, ...keeps } }
    }),
  })
}

export function withoutRule(resource: string) {
  return (object: JsonObject): JsonObject => ({
    ...object,
    rules: (object['rules'] as readonly { resources: readonly string[] }[]).filter(
      ({ resources }) => !resources.includes(resource),
    ),
  })
}

export function withDescription(object: JsonObject): JsonObject {
  const text = JSON.stringify(object)
  return JSON.parse(text.replace('"description":"', '"description":"Once: ')) as JsonObject
}

export function withImage(image: string) {
  return (object: JsonObject): JsonObject =>
    JSON.parse(JSON.stringify(object).replace(/"image":"pillion:[^"]*"/, `"image":"${image}"`)) as JsonObject
}

/** With these members of its spec in place of those it has. */
export function withSpec(part: JsonObject) {
  return (object: JsonObject): JsonObject => ({
    ...object,
    spec: { ...(object['spec'] as JsonObject), ...part },
  })
}

export function withArgument(before: string, after: string) {
  return (object: JsonObject): JsonObject =>
    JSON.parse(JSON.stringify(object).replace(`"${before}"`, `"${after}"`)) as JsonObject
}

/** A ValidatingAdmissionPolicy with another expression for one of its variables. */
export function withVariable(name: string, expression: string) {
  return (object: JsonObject): JsonObject => {
    const { variables } = object['spec'] as { readonly variables: readonly JsonObject[] }
    return withSpec({
      variables: variables.map(each => (each['name'] === name ? { ...each, expression } : each)),
    })(object)
  }
}
