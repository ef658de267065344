import type { FastifyInstance } from 'fastify'

/** Why this server should get no calls now, or undefined. */
export type ReadinessCheck = () => string | undefined

/** What is first wrong of several things. */
export function all(checks: readonly ReadinessCheck[]): ReadinessCheck {
  return () => {
    for (const check of checks) {
      const reason = check()
      if (reason !== undefined) return reason
    }
    return undefined
  }
}

/** A check that holds for good once it held; then, and before anybody hears of it, something is done. */
export function first(check: ReadinessCheck, action: () => void): ReadinessCheck {
  let hasHeld = false
  return () => {
    if (hasHeld) return undefined
    const reason = check()
    hasHeld = reason === undefined
    if (hasHeld) action()
    return reason
  }
}

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
