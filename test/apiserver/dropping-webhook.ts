import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'
import type { JsonObject } from '../../src/json/json.ts'

/**
 * A mutating webhook that knows a Pod of 2022: it takes `restartPolicy` from every init container. Gives the
 * configuration, which is to be created, and how to end it.
 */
export async function startDroppingWebhook(): Promise<{ configuration: JsonObject; stop(): void }> {
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const server = createServer({ cert, key }, async (request, response) => {
    const { request: asked } = (await json(request)) as Review
    const dropped = (asked.object.spec.initContainers ?? []).flatMap(({ restartPolicy }, i) =>
      restartPolicy === undefined ? [] : [{ op: 'remove', path: `/spec/initContainers/${i}/restartPolicy` }],
    )
    const patch = Buffer.from(JSON.stringify(dropped)).toString('base64')
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
  return { configuration: configurationFor(port, ca), stop: () => void server.close() }
}

interface Review {
  readonly request: {
    readonly uid: string
    readonly object: { readonly spec: { readonly initContainers?: readonly JsonObject[] } }
  }
}

function configurationFor(port: number, ca: string): JsonObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'zealous' },
    webhooks: [
      {
        name: 'zealous.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  }
}
