import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { reviewProfile } from '../admission/profile-review.ts'
import { type Reviewing, review } from '../admission/review.ts'
import { isObject, member } from '../json/json.ts'
import { limits } from '../limits/limits.ts'

import { acceptFaster } from './acceptors.ts'

import type { Verdict } from './accounts.ts'
import { readBodies } from './body.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { type Pair, secureContext } from './certificate.ts'
import { boundConnections, type ClosedReason, type Connections } from './connections.ts'
import { createFairTurns, type FairTurns } from './fair-turns.ts'
import { answerProbes, isProbe, type ReadinessCheck } from './health.ts'
import { boundInFlight } from './in-flight.ts'
import { answerRefusals, fail, refuse } from './refusals.ts'

/** All that the webhook is made of; it opens nothing itself. */
export interface Parts {
  readonly pair: Pair
  /** In PEM: who must have signed the certificate of a caller; anybody may call without it. */
  readonly clientCa?: Buffer
  /** What a review is made with now: profiles and namespaces come and go. */
  readonly reviewing: () => Reviewing
  /** Resolves with the next change of the profiles, or after this time. */
  readonly nextProfiles: (withinMs: number) => Promise<void>
  readonly readiness: readonly ReadinessCheck[]
  /** How many SidecarProfiles of a namespace are used. */
  readonly profilesPerNamespace?: number
  /** Why no Pod can be decided about yet: what decides about Pods is not known. */
  readonly unable?: ReadinessCheck
  /** True from SIGTERM on. */
  readonly isDraining: () => boolean
  /** Called for every request, probes aside, before its answer is sent. */
  readonly account: (verdict: Verdict, durationMs: number) => void
  readonly load?: Load
  /** Which namespace's review comes next. */
  readonly turns?: FairTurns
}

/** Hears what the server does to stay able to serve. */
export interface Load {
  readonly connectionClosed: (why: ClosedReason) => void
  readonly bounded: (connections: Connections, bytesInFlight: () => number) => void
}

export type App = FastifyInstance<Server> & {
  /** Resolves after `close`, when the last connection has ended. */
  readonly finished: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    verdict: Verdict | undefined
    /** `performance.now()` when its headers were read; nothing decorates one whose path cannot be decoded. */
    startedAt: number | undefined
  }
}

/** The webhooks, POST /mutate and /validate, and GET /healthz and /readyz, over HTTPS; not listening yet. */
export function createApp(parts: Parts): App {
  const {
    reviewing,
    nextProfiles,
    readiness,
    unable = () => undefined,
    isDraining,
    account,
    profilesPerNamespace,
    turns = createFairTurns(),
  } = parts
  const closed = parts.load?.connectionClosed ?? (() => {})
  const settle = ({ verdict, startedAt }: FastifyRequest) =>
    account(
      verdict ?? { failure: new Error('a request without a verdict') },
      performance.now() - (startedAt ?? performance.now()),
    )
  const app: FastifyInstance<Server> = fastify({
    ...httpLimits,
    https: {
      ...secureContext(parts.pair, parts.clientCa),
      ...tlsLimits,
      // The kubelet's probes come without a certificate: who may ask what is decided by the path.
      requestCert: parts.clientCa !== undefined,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    logger: false,
    // JSON.parse makes them members like others, and nothing here assigns by a Pod's keys: such a Pod is
    // judged like any other, and refused by the API server.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // No hook runs for it: a path that cannot be decoded.
    frameworkErrors(_error, request, reply) {
      refuse(request, reply, 400, 'the request path is not valid')
      settle(request)
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, closed),
    // A request that arrives while the server closes is answered, not lost.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  })
  const isStranger = ({ authorized }: TLSSocket) => parts.clientCa !== undefined && !authorized
  const connections = boundConnections(app.server, { isStranger, closed })
  const inFlight = boundInFlight(limits.bytesInFlight)
  parts.load?.bounded(connections, inFlight.bytes)

  app.decorateRequest('verdict', undefined)
  app.decorateRequest('startedAt', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now()
    if (isStranger(request.raw.socket as TLSSocket) && !isProbe(request.routeOptions.url)) {
      reply.header('connection', 'close')
      return refuse(request, reply, 401, unauthorized)
    }
    done()
  })
  app.addHook<string>('onSend', (request, reply, payload, done) => {
    // The caller's next request takes another connection, and by it another replica.
    if (isDraining()) reply.header('connection', 'close')
    if (!isProbe(request.routeOptions.url)) settle(request)
    if (typeof payload === 'string') request.held?.add(payload.length)
    done()
  })
  answerRefusals(app)
  readBodies(app, inFlight, () => closed('slow'))
  answerProbes(app, readiness)
  let waiting = 0
  app.post('/mutate', (request, reply) => {
    inTurn(turns, request, reply, () => {
      // Endpoints lag behind readiness. A decision without the profiles would be wrong: failurePolicy decides instead.
      const missing = unable()
      if (missing !== undefined) return refuse(request, reply, 503, cannotDecide(missing))
      const reviewed = review(request.body, reviewing())
      const isBehind = 'isBehind' in reviewed && reviewed.isBehind
      // Anybody can claim to come from a replica that is ahead.
      if (!isBehind || waiting >= limits.waitingReviews) return answer(request, reply, reviewed)
      waiting++
      return nextProfiles(catchUpMs)
        .finally(() => waiting--)
        .then(
          () =>
            inTurn(turns, request, reply, () => answer(request, reply, review(request.body, reviewing()))),
          failure => fail(request, reply, failure),
        )
    })
  })
  app.post('/validate', (request, reply) => {
    inTurn(turns, request, reply, () => {
      // What a SidecarProfile may contain depends on its namespace.
      const missing = unable()
      if (missing !== undefined) return refuse(request, reply, 503, cannotDecide(missing))
      return answer(request, reply, reviewProfile(request.body, reviewing(), profilesPerNamespace))
    })
  })
  return Object.assign(app, { finished: acceptFaster(app) })
}

const cannotDecide = (missing: string) => `this replica cannot decide yet: ${missing}`

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  reviewed: ReturnType<typeof review> | ReturnType<typeof reviewProfile>,
): FastifyReply {
  if ('refusal' in reviewed) return refuse(request, reply, reviewed.refusal.status, reviewed.refusal.message)
  if ('failure' in reviewed) return fail(request, reply, reviewed.failure, reviewed.facts)
  if (reviewed.response.response.uid.length > limits.uidLength) {
    return refuse(request, reply, 400, `request.uid has more than ${limits.uidLength} characters`)
  }
  request.verdict = reviewed
  return reply.send(reviewed.response)
}

/** Answers a request at once or in the turn of its namespace, unless its caller is gone or its place was needed meanwhile. */
function inTurn(turns: FairTurns, request: FastifyRequest, reply: FastifyReply, work: () => unknown): void {
  const refuseUnsent = (message: string) => {
    if (!reply.sent) refuse(request, reply, 503, message)
  }
  const forget = turns.take(namespaceIn(request.body), {
    run() {
      if (reply.sent || reply.raw.destroyed) return refuseUnsent(gone)
      try {
        work()
      } catch (failure) {
        fail(request, reply, failure)
      }
    },
    late: () => refuseUnsent(late),
  })
  if (forget) reply.raw.once('close', () => forget() && refuseUnsent(gone))
}

/** As the API server says it; absent for what belongs to the cluster. */
function namespaceIn(body: unknown): string | undefined {
  const request = isObject(body) ? member(body, 'request') : undefined
  const named =
    member(request, 'namespace') || member(member(member(request, 'object'), 'metadata'), 'namespace')
  return typeof named === 'string' && named !== '' ? named : undefined
}

const gone = 'the connection was closed before the review was made'
const late = `the reviews of this namespace took so much time that this one waited for ${limits.deferredMs / 1_000} s`

const unauthorized = 'a client certificate of the API server is required; see --client-ca'

// A change reaches every replica within a fraction of this; the API server waits for at least a second.
const catchUpMs = 800

const httpLimits = {
  // Of Fastify's own, for what it reads without us: nothing.
  bodyLimit: limits.bodyBytes,
  // The API server closes a connection that was idle for 90 s. If Pillion closed it first, that might be
  // just when the API server sends the next request.
  keepAliveTimeout: 100_000,
  requestTimeout: limits.requestMs,
  // Without a byte in either direction while a request is under way, the caller is gone.
  connectionTimeout: 35_000,
} as const

const tlsLimits = {
  // A handshake takes two round trips; Node would wait for two minutes.
  handshakeTimeout: limits.requestMs,
  // The headers of a request are one packet. A connection that the API server opens in advance and does not use
  // is closed after this, too; to the API server that is the end of an idle one.
  headersTimeout: limits.requestMs,
  // How often the two timeouts above are looked after: they are exceeded by as much at most.
  connectionsCheckingInterval: 1_000,
} as const
