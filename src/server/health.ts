import type { FastifyInstance } from 'fastify'

/** Why this replica should get no requests now, or undefined. */
export type ReadinessCheck = () => string | undefined

/** A check that stays passed once it passes. The action runs at that moment, before the check is reported as passed. */
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

/** The routes for the kubelet's probes: /healthz is always ok, /readyz when this replica should get requests. */
export function answerProbes(app: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  app.get('/healthz', { logLevel: 'silent' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'silent' }, async (_, reply) => {
    const reasons = checks.flatMap(check => check() ?? [])
    return reasons.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'not ready', reasons })
  })
}

/** Whether a request is a probe, not one to the webhook. */
export function isProbe(route: string | undefined): boolean {
  return route === '/healthz' || route === '/readyz'
}
