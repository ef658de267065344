import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { reviewProfile } from '../admission/profile-review.ts'
import { type PodAnswer, type ReviewContext, review } from '../admission/review.ts'
import { reviewWorkload } from '../admission/workload-review.ts'
import { limits } from '../limits/limits.ts'
import { acceptFaster } from './acceptors.ts'
import { namespaceIn, parseBody, readBodies } from './body.ts'
import { answerBrokenRequest, longestIdleMs, refuseExpectation } from './broken-request.ts'
import { type Pair, secureContext } from './certificate.ts'
import { boundConnections, type ClosedReason, type Connections } from './connections.ts'
import { createFairTurns, type FairTurns } from './fair-turns.ts'
import { answerProbes, isProbe, type ReadinessCheck } from './health.ts'
import { boundInFlight } from './in-flight.ts'
import { answerRefusals, fail, refuse } from './refusals.ts'
import type { RequestResult } from './review-telemetry.ts'
import { boundWaits } from './waits.ts'
import { withoutSchemas } from './without-schemas.ts'

/** The parts of the webhook. */
export interface Parts {
  readonly pair: Pair
  /** The CA that must have signed the certificate of a caller, in PEM. Without it, anybody may send requests. */
  readonly clientCa?: Buffer
  /** The profiles and namespaces as they are now. */
  readonly context: () => ReviewContext
  /** Resolves when the profiles change, at the latest after this time. */
  readonly nextProfiles: (withinMs: number) => Promise<void>
  readonly readiness: readonly ReadinessCheck[]
  /** The quota of SidecarProfiles in a namespace. */
  readonly profilesPerNamespace?: number
  /** Why this replica cannot decide about Pods yet: it does not know all profiles and namespaces. */
  readonly unable?: ReadinessCheck
  /** True from SIGTERM on. */
  readonly isDraining: () => boolean
  /** Called for every request except probes, before its answer is sent. */
  readonly account: (result: RequestResult, durationMs: number) => void
  readonly connectionClosed?: (why: ClosedReason) => void
  /** Called once, with the numbers about load. */
  readonly bounded?: (connections: Connections, bytesInFlight: () => number) => void
  /** Shares the time of this thread among the namespaces. */
  readonly turns?: FairTurns
}

type App = FastifyInstance<Server> & {
  /** Resolves after `close`, when the last connection has ended. */
  readonly finished: () => Promise<void>
  /** Ends each connection that there is now with its next answer: a request that is on its way is not lost. */
  readonly renewConnections: () => void
}

declare module 'fastify' {
  interface FastifyRequest {
    result: RequestResult | undefined
    /** `performance.now()` when its headers were read; undefined for a request whose path cannot be decoded. */
    startedAt: number | undefined
  }
}

/** The webhooks, POST /mutate, /validate and /warn, and GET /healthz and /readyz, over HTTPS; not listening yet. */
export function createApp(parts: Parts): App {
  const {
    context,
    nextProfiles,
    readiness,
    unable = () => undefined,
    isDraining,
    account,
    profilesPerNamespace,
    connectionClosed: closed = () => {},
    turns = createFairTurns(),
  } = parts
  const settle = ({ result, startedAt }: FastifyRequest) =>
    account(
      result ?? { failure: new Error('a request without a result') },
      performance.now() - (startedAt ?? performance.now()),
    )
  const app: FastifyInstance<Server> = fastify({
    ...withoutSchemas,
    ...httpLimits,
    https: {
      ...secureContext(parts.pair, parts.clientCa),
      ...tlsLimits,
      // The kubelet's probes have no certificate, so a hook checks the certificate by path.
      requestCert: parts.clientCa !== undefined,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    logger: false,
    // JSON.parse makes them ordinary members, and no code here assigns by the keys of a Pod. Pillion decides about such a
    // Pod like about any other; the API server denies it.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // No hook runs for a path that cannot be decoded.
    frameworkErrors(_error, request, reply) {
      if (isLast(request)) reply.header('connection', 'close')
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
  /** Whether this is the last request of its connection: the caller opens another one for its next request. */
  const isLast = ({ raw }: FastifyRequest) => isDraining() || connections.isOutdated(raw.socket)
  app.server.on('checkExpectation', refuseExpectation)
  const inFlight = boundInFlight(limits.bytesInFlight)
  parts.bounded?.(connections, inFlight.bytes)

  app.decorateRequest('result', undefined)
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
    if (isLast(request)) reply.header('connection', 'close')
    if (!isProbe(request.routeOptions.url)) settle(request)
    if (typeof payload === 'string') {
      request.held?.add(payload.length)
      // While Node does not know yet that a large answer was written, it pauses the parser in the middle of the next request,
      // and then calls that request broken (HPE_PAUSED). A busy replica learns it late.
      if (fillsBuffer(payload, request.raw.socket)) reply.header('connection', 'close')
    }
    done()
  })
  answerRefusals(app)
  readBodies(app, inFlight, () => closed('slow'))
  answerProbes(app, readiness)
  /** Answers the reviews that are sent to a path. A large body takes as long to parse as a review takes, so that is one turn. */
  function answerReviews(path: string, decide: Decide): void {
    app.post(path, (request, reply) => {
      inTurn(turns, request, reply, () => {
        const parsed = parseBody(request)
        if (parsed === 'cut') return
        if ('statusCode' in parsed) return refuse(request, reply, parsed.statusCode, parsed.message)
        // Requests may come before this replica is ready. A decision without the profiles and the labels of the namespaces
        // would be wrong: failurePolicy decides.
        const missing = unable()
        if (missing === undefined) return decide(parsed.body, request, reply)
        return refuse(request, reply, 503, `this replica cannot decide yet: ${missing}`)
      })
    })
  }
  const waits = boundWaits(limits.waitingReviews, limits.waitingBytes)
  answerReviews('/mutate', (body, request, reply) => {
    let seen = context()
    const reviewed = review(body, seen)
    if (!isBehind(reviewed)) return answer(request, reply, reviewed)
    const wait = waits.start(reviewed.namespace.name, request.held?.bytes() ?? 0, catchUpMs)
    reply.raw.once('close', wait.end)
    const lookAfter = (changed: Promise<void>, last: PodAnswer) =>
      void Promise.race([changed, wait.over]).then(
        () =>
          inTurn(turns, request, reply, () => {
            const now = context()
            const { name, isUnknown } = last.namespace
            // Another review costs as much as the first, so none is made without a reason.
            const isSame = now.profiles === seen.profiles && now.namespaceOf(name).isUnknown === isUnknown
            const next = isSame ? last : review(body, now)
            seen = now
            const leftMs = wait.leftMs()
            if (!isBehind(next) || leftMs === 0) return answer(request, reply, next)
            // It was a change of another profile, or there was none.
            return lookAfter(sleep(Math.min(leftMs, lookAgainMs)), next)
          }),
        failure => fail(request, reply, failure),
      )
    lookAfter(nextProfiles(lookAgainMs), reviewed)
    return undefined
  })
  answerReviews('/validate', (body, request, reply) =>
    answer(request, reply, reviewProfile(body, context(), profilesPerNamespace)),
  )
  answerReviews('/warn', (body, request, reply) => answer(request, reply, reviewWorkload(body, context())))
  return Object.assign(app, { finished: acceptFaster(app), renewConnections: connections.outdate })
}

/** Whether an answer is as large as what Node writes without pausing. */
function fillsBuffer(payload: string, { writableHighWaterMark }: Socket): boolean {
  return Buffer.byteLength(payload) + mostHeadBytes >= writableHighWaterMark
}

// The status line and the headers of an answer have 200 bytes.
const mostHeadBytes = 1_024

/** Whether the API server or another replica may know more about the Pod than this one. */
function isBehind(reviewed: ReturnType<typeof review>): reviewed is PodAnswer {
  return 'isBehind' in reviewed && reviewed.isBehind
}

type Decide = (body: unknown, request: FastifyRequest, reply: FastifyReply) => unknown

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  reviewed: ReturnType<typeof review | typeof reviewProfile | typeof reviewWorkload>,
): FastifyReply {
  if ('badRequest' in reviewed)
    return refuse(request, reply, reviewed.badRequest.status, reviewed.badRequest.message)
  if ('failure' in reviewed) return fail(request, reply, reviewed.failure, reviewed.logFields)
  if (reviewed.response.response.uid.length > limits.uidLength) {
    return refuse(request, reply, 400, `request.uid has more than ${limits.uidLength} characters`)
  }
  request.result = reviewed
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

const gone = 'the connection was closed before the review was made'
const late = `other reviews of this namespace took so much time that this one waited for ${limits.deferredMs / 1_000} s`

const unauthorized = 'a client certificate of the API server is required; see --client-ca'

// A change reaches every replica much sooner, and the API server waits for at least one second.
const catchUpMs = 800
// After a change, a look costs a review.
const lookAgainMs = 200

const httpLimits = {
  // For bodies that Fastify reads itself; ours are read in body.ts.
  bodyLimit: limits.bodyBytes,
  keepAliveTimeout: longestIdleMs,
  requestTimeout: limits.requestMs,
  // The caller is gone when no byte moves in either direction during a request.
  connectionTimeout: 35_000,
} as const

const tlsLimits = {
  // A handshake takes two round trips; Node's default is two minutes.
  handshakeTimeout: limits.requestMs,
  // The headers of a request are one packet.
  headersTimeout: limits.requestMs,
  // How often Node checks the two timeouts above, so the most by which they are exceeded.
  connectionsCheckingInterval: 1_000,
} as const
