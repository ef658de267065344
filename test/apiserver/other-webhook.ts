import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'
import type { Operation, Removal } from '../../src/engine/patch/apply.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { JsonObject } from '../../src/json/json.ts'

interface Wishes {
  /** The API server calls webhooks in the order of the names of their configurations. */
  readonly name: string
  /** Whether it is called again after another webhook changed the Pod. */
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded'
  /** What it makes of each new Pod. */
  readonly change: (pod: Pod) => readonly (Operation | Removal)[]
}

/** A mutating webhook that is not ours. Gives the configuration, which is to be created, and how to end it. */
export async function startOtherWebhook({ name, reinvocationPolicy = 'Never', change }: Wishes) {
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const server = createServer({ cert, key }, async (request, response) => {
    const { request: asked } = (await json(request)) as { request: { uid: string; object: Pod } }
    const patch = Buffer.from(JSON.stringify(change(asked.object))).toString('base64')
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch },
      }),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const webhook = {
    name: `${name}.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    reinvocationPolicy,
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(ca).toString('base64') },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
  }
  const configuration: JsonObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [webhook],
  }
  return { configuration, stop: () => void server.close() }
}
