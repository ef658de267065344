import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Facts } from '../admission/facts.ts'
import type { ProfileFacts } from '../admission/profile-review.ts'

/** Why a call gets no review: Kubernetes' own word for an HTTP status. */
export type RefusedReason = (typeof reasons)[keyof typeof reasons]

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
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  503: 'ServiceUnavailable',
} as const

/** What each path is asked with. */
const methods: Readonly<Record<string, string>> = {
  '/mutate': 'POST',
  '/validate': 'POST',
  '/healthz': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
}

/** Answers what is not a call of the webhook with its HTTP status, and a JSON message that says why. */
export function answerRefusals(app: FastifyInstance): void {
  // Not in the handler of what is not found: whoever is wrong here should not first have to send a good body.
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
  app.setErrorHandler((error: { statusCode?: number; code?: string }, request, reply) => {
    const { statusCode = 500, code } = error
    if (statusCode >= 500) return fail(request, reply, error)
    return refuse(
      request,
      reply,
      statusCode in reasons ? (statusCode as keyof typeof reasons) : 400,
      say(code),
    )
  })
}

export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: keyof typeof reasons,
  message: string,
): FastifyReply {
  const reason = reasons[code]
  request.verdict = { refused: reason, message }
  return reply.code(code).send(status(code, reason, message))
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

function status(code: number, reason: Status['reason'], message: string): Status {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message }
}

/** Fastify's errors in words for whoever calls. */
function say(code: string | undefined): string {
  return (code && sentences[code]) || 'the request broke off or is no HTTP that this server understands'
}

const sentences: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than 7 MiB',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty; an AdmissionReview is expected',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is no JSON',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Content-Type must be application/json',
}
