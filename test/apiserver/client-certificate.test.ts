import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { asking, metric, startServer } from '../../src/server/server.fixture.ts'
import { freePort } from '../process/server.ts'
import { createAuthority } from './certificates.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

// The API server has to be told before it starts for which webhook it has a certificate.
const directory = await mkdtemp(join(tmpdir(), 'pillion-client-ca-'))
afterAll(() => rm(directory, { recursive: true }))
const callers = await createAuthority()
const serving = await createAuthority()
const port = await freePort()
const file = async (name: string, content: string): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}
const clientCa = await file('client-ca.crt', callers.cert)
const client = await callers.issueClient('kube-apiserver')
const kubeconfig = await file(
  'kubeconfig.yaml',
  `
apiVersion: v1
kind: Config
users:
  - name: 127.0.0.1:${port}
    user:
      client-certificate: ${await file('client.crt', client.cert)}
      client-key: ${await file('client.key', client.key)}
`,
)
const admission = await file(
  'admission.yaml',
  `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: MutatingAdmissionWebhook
    configuration:
      apiVersion: apiserver.config.k8s.io/v1
      kind: WebhookAdmissionConfiguration
      kubeConfigFile: ${kubeconfig}
`,
)

describeWithApiServer(
  'an API server with a client certificate for Pillion',
  server => {
    it('gets its Pods injected, and without that certificate gets 401, which is counted', async () => {
      const pair = await serving.issue()
      const pillion = await startServer({
        port: `${port}`,
        clientCa,
        tlsCert: await file('tls.crt', pair.cert),
        tlsKey: await file('tls.key', pair.key),
      })
      await server().createNamespace('certified')
      await server().createNamespace('uncertified')
      // By another name of the same server the API server knows of no certificate.
      await createWebhook('certified', `https://127.0.0.1:${port}/mutate`)
      await createWebhook('uncertified', `https://localhost:${port}/mutate`)

      await until('the Pod is injected', 15_000, async () => {
        const { body } = await createPod('certified')
        return body.spec?.initContainers?.length === 1
      })
      // Pillion answers without reading the body. An API server that is still writing it may see a broken pipe instead.
      const why = 'a client certificate of the API server is required'
      await until('the Pod is refused, with the reason', 15_000, async () => {
        const { status, body } = await createPod('uncertified')
        return status === 500 && body.message?.includes(why) === true
      })
      const requests = await metric(pillion, 'pillion_admission_requests_total')
      expect(requests['{outcome="refused",reason="Unauthorized"}']).toBeGreaterThanOrEqual(1)
      expect(requests['{outcome="injected",reason="Injected"}']).toBeGreaterThanOrEqual(1)
    })

    const createPod = (namespace: string) =>
      server().request<Created>('POST', `/api/v1/namespaces/${namespace}/pods`, pod, { dryRun: true })

    async function createWebhook(namespace: string, url: string): Promise<void> {
      const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
      const { status } = await server().request('POST', path, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: namespace },
        webhooks: [
          {
            name: `${namespace}.pillion.dev`,
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Fail',
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            clientConfig: { url, caBundle: Buffer.from(serving.cert).toString('base64') },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      })
      expect(status).toBe(201)
    }
  },
  { flags: [`--admission-control-config-file=${admission}`] },
)

interface Created {
  readonly message?: string
  readonly spec?: { readonly initContainers?: readonly unknown[] }
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', annotations: asking },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
}
