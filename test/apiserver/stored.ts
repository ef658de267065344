import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Pod } from '../../src/engine/pod.ts'
import type { ApiServer } from './apiserver.ts'
import { createAuthority } from './certificates.ts'
import { until } from './until.ts'

/** Shows what the API server makes of a Pod before it judges it. */
export interface DefaultingView {
  /**
   * The Pod as a webhook gets it: decoded, defaulted, written again, and not validated yet, so that any value of
   * any field can be looked at.
   */
  asDefaulted(pod: Pod): Promise<Pod>
  close(): void
}

/** Registers a webhook that changes nothing and keeps the last Pod that it was sent. */
export async function viewDefaulting({ request }: ApiServer): Promise<DefaultingView> {
  const authority = await createAuthority()
  let seen: Pod | undefined
  const webhook = createServer(await authority.issue(), async (incoming, response) => {
    const { request: asked } = (await json(incoming)) as { request: { uid: string; object: Pod } }
    seen = asked.object
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true },
      }),
    )
  })
  await new Promise<void>(resolve => webhook.listen(0, '127.0.0.1', resolve))
  const { port } = webhook.address() as AddressInfo
  await request('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'defaulting-view' },
    webhooks: [
      {
        name: 'view.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(authority.cert).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  })
  const create = (pod: Pod) =>
    request<{ message?: string }>('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod)
  const probe = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe' },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  }
  await until('the webhook is called', 10_000, async () => {
    await create(probe)
    return seen !== undefined
  })
  return {
    async asDefaulted(pod) {
      seen = undefined
      const { body } = await create(pod)
      if (!seen) throw new Error(`the API server sent nothing to the webhook: ${body.message}`)
      return seen
    },
    close: () => webhook.close(),
  }
}
