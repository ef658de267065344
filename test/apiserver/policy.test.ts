import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Pillion, startPillion } from './pillion.ts'
import { podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const registration = '/apis/admissionregistration.k8s.io/v1'

describeWithApiServer(
  'the policy for strict namespaces',
  server => {
    let pillion: Pillion
    beforeAll(async () => {
      pillion = await startPillion()
      await server().createNamespace('strict', { labels: { 'pillion.dev/enforce': 'strict' } })
      await server().createNamespace('lenient')
      const text = await readFile(new URL('../../deploy/policy/policy.yaml', import.meta.url), 'utf8')
      for (const document of parseAllDocuments(text)) {
        const object = document.toJS() as { kind: string }
        const resource = object.kind === 'ValidatingAdmissionPolicy' ? 'policies' : 'policybindings'
        const path = `${registration}/validatingadmission${resource}?fieldValidation=Strict`
        const { status, body, warnings } = await server().request('POST', path, object)
        expect({ status, warnings }, JSON.stringify(body)).toEqual({ status: 201, warnings: [] })
      }
      const isRefused = async () => (await create('strict', asking('log-tail'))).status === 403
      await until('the policy is in force', 20_000, isRefused, 100)
    })
    afterAll(() => pillion?.stop())

    const asking = (request: string, more: Record<string, string> = {}) =>
      podFor('web', { annotations: { 'pillion.dev/inject': request, ...more } })

    const create = (namespace: string, pod: object) =>
      server().request<{ message?: string }>('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod)

    it('refuses a Pod that asked and got nothing, and says what to do', async () => {
      const { status, body } = await create('strict', asking('log-tail'))
      expect(status).toBe(403)
      expect(body.message).toContain('the Pod asks for pillion.dev/inject: log-tail, and got nothing')
      expect(body.message).toContain('`pillion explain` says why')
    })

    const mirror = asking('log-tail', { 'kubernetes.io/config.mirror': 'x' }) as { spec: object }

    it.each([
      { who: 'asks for nothing', pod: podFor('web') },
      { who: 'opts out', pod: asking(' none ') },
      { who: 'says nothing with its annotation', pod: asking(' , ') },
      { who: 'reflects a static Pod', pod: { ...mirror, spec: { ...mirror.spec, nodeName: 'worker' } } },
    ])('lets a Pod pass that $who', async ({ pod }) => {
      const { status, body } = await create('strict', pod)
      expect(status, body.message).toBe(201)
    })

    it('holds nowhere else', async () => {
      expect((await create('lenient', asking('log-tail'))).status).toBe(201)
    })

    it('refuses an empty status, which no webhook writes', async () => {
      expect((await create('strict', asking('log-tail', { 'pillion.dev/status': '' }))).status).toBe(403)
    })

    it('lets a Pod pass that the webhook has injected', async () => {
      const webhook = {
        name: 'pod.inject.pillion.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: {
          url: `https://127.0.0.1:${pillion.port}/mutate`,
          caBundle: Buffer.from(pillion.ca).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      }
      const { status } = await server().request('POST', `${registration}/mutatingwebhookconfigurations`, {
        metadata: { name: 'pillion' },
        webhooks: [webhook],
      })
      expect(status).toBe(201)
      const isCreated = async () => (await create('strict', asking('log-tail'))).status === 201
      await until('the webhook is called', 10_000, isCreated)
    })
  },
  { needs: '1.30' },
)
