import type { FastifyInstance } from 'fastify'

/** Why this server should get no calls now, or undefined. */
export type ReadinessCheck = () => string | undefined

/** The routes that the kubelet asks: /healthz as long as the server lives, /readyz when it should get calls. */
export function answerProbes(app: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  app.get('/healthz', { logLevel: 'silent' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'silent' }, async (_, reply) => {
    const reasons = checks.flatMap(check => check() ?? [])
    return reasons.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'not ready', reasons })
  })
}

/** Whether a request is a probe's, and no call of the webhook. */
export function isProbe(route: string | undefined): boolean {
  return route === '/healthz' || route === '/readyz'
}
