import { readFileSync } from 'node:fs'
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { fastify } from 'fastify'

/**
 * What a webhook in Node that knows its namespaces is at the least: Fastify, client-node's informer, and an answer
 * to every review that is always the same. `node bare.mjs PORT tls.crt tls.key`, bundled by bare-pod.ts.
 */
const [, , port, certFile = '', keyFile = ''] = process.argv
const kubeConfig = new KubeConfig()
kubeConfig.loadFromCluster()
const core = kubeConfig.makeApiClient(CoreV1Api)
const namespaces = makeInformer(kubeConfig, '/api/v1/namespaces', () => core.listNamespace())
namespaces.on('error', error => {
  console.error(error)
  process.exit(1)
})
await namespaces.start()

const app = fastify({ https: { cert: readFileSync(certFile), key: readFileSync(keyFile) } })
app.get('/readyz', async () => 'ready')
app.post<{ Body: { readonly request: { readonly uid: string; readonly namespace: string } } }>(
  '/mutate',
  async ({ body: { request } }) => {
    const labels = namespaces.get(request.namespace)?.metadata?.labels ?? {}
    const operation = { op: 'add', path: '/metadata/labels/bare', value: String(Object.keys(labels).length) }
    const patch = Buffer.from(JSON.stringify([operation])).toString('base64')
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch },
    }
  },
)
await app.listen({ host: '127.0.0.1', port: Number(port) })
// Not by the signal itself: Node stores what it has compiled when it exits.
process.once('SIGTERM', () => process.exit())
