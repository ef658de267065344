import { type FastifyInstance, fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { limits } from '../limits/limits.ts'
import { acceptFaster } from './acceptors.ts'
import { createPool } from './connection-pool.ts'
import { answerProbes, type ReadinessCheck } from './health.ts'
import { withoutSchemas } from './without-schemas.ts'

/**
 * GET /metrics, /healthz and /readyz over HTTP, on a separate port: a scraper needs no access to the webhook, and a probe
 * must not wait behind the handshakes of strangers. The number of its connections has a limit, too.
 */
export function createMetricsApp(registry: Registry, readiness: readonly ReadinessCheck[]): FastifyInstance {
  const app = fastify({
    ...withoutSchemas,
    logger: false,
    // A scrape has no body and takes milliseconds; Prometheus gives up after 10 s.
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    http: { headersTimeout: limits.requestMs, connectionsCheckingInterval: 1_000 },
    connectionTimeout: 15_000,
    // Longer than the usual interval between two scrapes.
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
  })
  const connections = createPool(limits.metricsConnections)
  app.server.on('connection', socket => {
    connections.admit(socket)?.destroy()
    socket.once('close', () => connections.delete(socket))
  })
  app.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()))
  answerProbes(app, readiness)
  acceptFaster(app, limits.probeAcceptors)
  return app
}
