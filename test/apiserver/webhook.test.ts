import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { workloadOfPod } from '../../src/profile/rollout/workload.ts'
import { createAuthority } from './certificates.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

type Metadata = { name?: string; labels?: Record<string, string> }
type Review = {
  request: { uid: string; dryRun: boolean; object: { metadata: Metadata; spec: { volumes?: object[] } } }
}
type Pod = { metadata: Metadata }

describeWithApiServer('a mutating webhook on loopback', server => {
  const reviews: Review[] = []
  let webhook: Server

  beforeAll(async () => {
    const authority = await createAuthority()
    webhook = await listen(await authority.issue(), review => {
      reviews.push(review)
      return labelled(review.request.uid)
    })
    await server().createNamespace('hooked')
    const configuration = configurationFor(webhook, authority.cert)
    await server().request(
      'POST',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      configuration,
    )
    await until('the webhook is called', 10_000, async () => {
      await createPod()
      return reviews.length > 0
    })
  })
  afterAll(() => webhook.close())

  it('is called, and its patch applied', async () => {
    const { status, body } = await createPod()
    expect({ status, labels: body.metadata.labels }).toEqual({ status: 201, labels: { seen: 'yes' } })
    expect(reviews.at(-1)?.request.dryRun).toBe(true)
  })

  it('sees the Pod after the ServiceAccount plugin: with its token volume', async () => {
    await createPod()
    expect(reviews.at(-1)?.request.object.spec.volumes).toEqual([
      expect.objectContaining({ name: expect.stringMatching(/^kube-api-access-/) }),
    ])
  })

  it('warns whoever created the Pod', async () => {
    expect((await createPod()).warnings).toEqual(['labelled, as "asked"'])
  })

  it('leaves its audit annotations, and its patch, in the audit log', async () => {
    await createPod()
    const event = (await server().audit()).findLast(({ objectRef }) => objectRef?.resource === 'pods')
    const { 'patch.webhook.admission.k8s.io/round_0_index_0': patch = 'null', ...annotations } =
      event?.annotations ?? {}
    expect(annotations).toMatchObject({ 'label.pillion.dev/outcome': 'Injected' })
    expect(JSON.parse(patch)).toMatchObject({ patch: labels })
  })

  // A canary decides by this. The API server completes a name after the mutating webhooks.
  it.each([
    ['a Pod', { name: 'app' }, 'Pod/app'],
    ['a Pod without a name', { generateName: 'run-' }, 'Pod/run-'],
    ['a Job', { generateName: 'migrate-', ownerReferences: ownedBy('Job', 'migrate') }, 'Job/migrate'],
    [
      'a CronJob',
      { generateName: 'backup-29112340-', ownerReferences: ownedBy('Job', 'backup-29112340') },
      'CronJob/backup',
    ],
  ])(
    'tells the workload of %s from the review as from the Pod that is stored',
    async (_, metadata, workload) => {
      const { status, body } = await createPod({ ...pod, metadata })
      expect(status).toBe(201)
      expect(body.metadata.name).toMatch(/^[a-z]/)
      const reviewed = reviews.at(-1)?.request.object
      expect(reviewed?.metadata.name).toBe('name' in metadata ? 'app' : undefined)
      for (const each of [reviewed, body]) {
        const { kind, name } = workloadOfPod(each as JsonObject)
        expect(`${kind}/${name}`).toBe(workload)
      }
    },
  )

  const createPod = (object: object = pod) =>
    server().request<Pod>('POST', '/api/v1/namespaces/hooked/pods', object, { dryRun: true })
})

const ownedBy = (kind: string, name: string) => [
  { apiVersion: 'batch/v1', kind, name, uid: name, controller: true },
]

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app' },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
}

const labels = [{ op: 'add', path: '/metadata/labels', value: { seen: 'yes' } }]

function labelled(uid: string) {
  return {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(labels)).toString('base64'),
    warnings: ['labelled, as "asked"'],
    auditAnnotations: { outcome: 'Injected' },
  }
}

async function listen(
  pair: { cert: string; key: string },
  answer: (review: Review) => object,
): Promise<Server> {
  const webhook = createServer(pair, async (request, response) => {
    const review = (await json(request)) as Review
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: answer(review),
      }),
    )
  })
  await once(webhook.listen(0, '127.0.0.1'), 'listening')
  return webhook
}

function configurationFor(webhook: Server, ca: string) {
  const { port } = webhook.address() as AddressInfo
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'label' },
    webhooks: [
      {
        name: 'label.pillion.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(ca).toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  }
}
