import jsonPatch from 'fast-json-patch'
import { fastify } from 'fastify'
import type { Pod } from '../../../src/engine/pod.ts'
import { bodyLimit, host, port, tls } from './given.ts'
import { answer, isAsking, mount, type Review, sidecar, status, volume } from './inject.ts'

/**
 * The way most webhooks in Node make their patch: change a copy of the Pod, and compare the two. Otherwise as little
 * as fastify.ts does.
 */
const app = fastify({ https: tls, bodyLimit })
app.get('/readyz', async () => 'ready')
app.post<{ Body: Review }>('/mutate', (request, reply) => {
  const { object } = request.body.request
  const patch = isAsking(object) ? jsonPatch.compare(object, injected(structuredClone(object))) : []
  return reply.send(answer(request.body, patch))
})
await app.listen({ host, port })

function injected({ metadata = {}, spec = {}, ...pod }: Pod): Pod {
  const { containers = [], initContainers = [], volumes = [] } = spec
  return {
    ...pod,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        'kubectl.kubernetes.io/default-container': containers[0]?.name ?? '',
        'pillion.dev/status': status,
      },
    },
    spec: {
      ...spec,
      volumes: [...volumes, volume],
      containers: containers.map(container => ({
        ...container,
        volumeMounts: [...(container.volumeMounts ?? []), mount],
      })),
      initContainers: [sidecar, ...initContainers],
    },
  }
}
