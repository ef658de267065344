import { KubeConfig, Watch } from '@kubernetes/client-node'
import { fastify } from 'fastify'
import { host, port, tls } from './given.ts'

/** What a webhook in Node that watches a cluster needs at the least, and nothing else: bundled by ../bare.ts. */
const kubeConfig = new KubeConfig()
kubeConfig.loadFromClusterAndUser(
  { name: 'none', server: 'https://127.0.0.1:1', skipTLSVerify: false },
  { name: 'nobody' },
)
const watch = new Watch(kubeConfig)

const app = fastify({ https: tls })
app.get('/readyz', async () => `watches with ${Object.keys(watch).length} members`)
await app.listen({ host, port })
