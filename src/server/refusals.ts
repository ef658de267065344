import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Facts } from '../admission/facts.ts'
import type { ProfileFacts } from '../admission/profile-review.ts'
import { limits } from '../limits/limits.ts'

/** Why a request gets no review: Kubernetes' own word for an HTTP status. */
export type RefusedReason = (typeof reasons)[keyof typeof reasons]

export type RefusedStatus = keyof typeof reasons

/**
 * A `Status`, because the API server puts the message of one into its own error.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export interface Status {
  readonly apiVersion: 'v1'
  readonly kind: 'Status'
  readonly status: 'Failure'
  readonly code: number
  readonly reason: RefusedReason | 'InternalError'
  readonly message: string
}

const reasons = {
  400: 'BadRequest',
  401: 'Unauthorized',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  503: 'ServiceUnavailable',
} as const

/** The methods of each path. */
const methods: Readonly<Record<string, string>> = {
  '/mutate': 'POST',
  '/validate': 'POST',
  '/healthz': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
}

/** Answers requests that are not for the webhook with their HTTP status, and a JSON message that says why. */
export function answerRefusals(app: FastifyInstance): void {
  // Before the body: a wrong path is refused without reading what was sent to it.
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done()
    const path = request.url.replace(/\?.*$/s, '')
    const allowed = Object.hasOwn(methods, path) ? methods[path] : undefined
    if (allowed === undefined)
      return refuse(
        request,
        reply,
        404,
        'there is nothing here; the webhook is /mutate, of profiles /validate',
      )
    reply.header('allow', allowed)
    return refuse(request, reply, 405, `${path} takes ${allowed}`)
  })
  app.setErrorHandler((error: { statusCode?: number; code?: string; message?: string }, request, reply) => {
    const { statusCode = 500, code, message } = error
    // A body that could not be read, or had a bad type: Fastify's own errors have a code, ours a sentence.
    if (!isRefused(statusCode)) return fail(request, reply, error)
    return refuse(
      request,
      reply,
      statusCode,
      code === undefined && message !== undefined ? message : say(code),
    )
  })
}

export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: RefusedStatus,
  message: string,
): FastifyReply {
  const reason = reasons[code]
  const short = message.length > most ? `${message.slice(0, most)}…` : message
  request.verdict = { refused: reason, message: short }
  return reply.code(code).send(statusOf(code, short))
}

export function fail(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: unknown,
  facts?: Facts | ProfileFacts,
): FastifyReply {
  request.verdict = { failure, ...(facts && { facts }) }
  return reply.code(500).send(status(500, 'InternalError', 'a bug in Pillion; its log says where'))
}

// A message may quote a name that the caller chose.
const most = limits.refusalLength

/** The answer to a request that is refused. */
export function statusOf(code: RefusedStatus, message: string): Status {
  return status(code, reasons[code], message)
}

function status(code: number, reason: Status['reason'], message: string): Status {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message }
}

function isRefused(code: number): code is RefusedStatus {
  return code in reasons
}

/** Fastify's errors in words for the caller. */
function say(code: string | undefined): string {
  return (code && sentences[code]) || 'the request broke off, or it is not HTTP that this server understands'
}

const sentences: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Content-Type must be application/json',
}
