import type { Server } from 'node:https'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { reviewProfile } from '../admission/profile-review.ts'
import { type Reviewing, review } from '../admission/review.ts'
import type { Verdict } from './accounts.ts'
import { type Pair, secureContext } from './certificate.ts'
import { answerProbes, isProbe, type ReadinessCheck } from './health.ts'
import { answerRefusals, fail, refuse } from './refusals.ts'

/** All that the webhook is made of; it opens nothing itself. */
export interface Parts {
  readonly pair: Pair
  /** What a review is made with now: profiles and namespaces come and go. */
  readonly reviewing: () => Reviewing
  /** Resolves with the next change of the profiles, or after so long. */
  readonly nextProfiles: (withinMs: number) => Promise<void>
  readonly readiness: readonly ReadinessCheck[]
  /** True from SIGTERM on. */
  readonly isDraining: () => boolean
  /** Hears of every call, probes aside, before its answer is sent. */
  readonly account: (verdict: Verdict, durationMs: number) => void
}

export type App = FastifyInstance<Server>

declare module 'fastify' {
  interface FastifyRequest {
    verdict: Verdict | undefined
  }
}

/** The webhooks, POST /mutate and /validate, and GET /healthz and /readyz, over HTTPS; not listening yet. */
export function createApp({ pair, reviewing, nextProfiles, readiness, isDraining, account }: Parts): App {
  const settle = (verdict: Verdict | undefined, durationMs: number) =>
    account(verdict ?? { failure: new Error('a call without a verdict') }, durationMs)
  const app: App = fastify({
    ...limits,
    https: { ...secureContext(pair), ...tlsLimits, ALPNProtocols: ['http/1.1'] },
    logger: false,
    // JSON.parse makes them members like others, and nothing here assigns by a Pod's keys: such a Pod is
    // judged like any other, and refused by the API server.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // What no hook hears of: a path that cannot be decoded.
    frameworkErrors(_error, request, reply) {
      refuse(request, reply, 400, 'the path is none')
      settle(request.verdict, reply.elapsedTime)
    },
    // A call that arrives while the server closes is answered, not lost.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  })
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('verdict', undefined)
  app.addHook('onSend', (request, reply, _payload, done) => {
    // Whoever calls again takes another connection, and by it another server.
    if (isDraining()) reply.header('connection', 'close')
    if (!isProbe(request.routeOptions.url)) settle(request.verdict, reply.elapsedTime)
    done()
  })
  answerRefusals(app)
  answerProbes(app, readiness)
  app.post('/mutate', (request, reply) => {
    const reviewed = review(request.body, reviewing())
    if (!('isBehind' in reviewed && reviewed.isBehind)) return answer(request, reply, reviewed)
    return nextProfiles(catchUpMs).then(() => answer(request, reply, review(request.body, reviewing())))
  })
  app.post('/validate', (request, reply) => answer(request, reply, reviewProfile(request.body, reviewing())))
  return app
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  reviewed: ReturnType<typeof review> | ReturnType<typeof reviewProfile>,
): FastifyReply {
  if ('refusal' in reviewed) return refuse(request, reply, reviewed.refusal.status, reviewed.refusal.message)
  if ('failure' in reviewed) return fail(request, reply, reviewed.failure, reviewed.facts)
  request.verdict = reviewed
  return reply.send(reviewed.response)
}

// A change reaches every replica within a fraction of this; the API server waits for at least a second.
const catchUpMs = 800

const mebibyte = 1_024 * 1_024

const limits = {
  // As controller-runtime: etcd takes objects of 1.5 MiB, and a review may hold two of them, escaped.
  bodyLimit: 7 * mebibyte,
  // The API server closes a connection that was idle for 90 s. Were we to close it first, we might do so
  // just as it sends the next call.
  keepAliveTimeout: 100_000,
  // The API server waits for at most 30 s (timeoutSeconds), so no body that comes later is of use.
  requestTimeout: 30_000,
  // Without a byte in either direction while a call is under way, nobody is there any more.
  connectionTimeout: 35_000,
} as const

const tlsLimits = {
  // A handshake takes two round trips; Node would wait for two minutes.
  handshakeTimeout: 10_000,
  // The headers of a call are one packet. A connection that the API server opens in advance and leaves
  // alone is closed after this, too, which it takes for an idle one's end.
  headersTimeout: 20_000,
  // How often the two timeouts above are looked after: they are exceeded by as much at most.
  connectionsCheckingInterval: 5_000,
} as const
