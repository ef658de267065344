import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LogFields } from '../admission/log-fields.ts'
import type { ProfileLogFields } from '../admission/profile-review.ts'
import type { WorkloadLogFields } from '../admission/workload-review.ts'
import { limits } from '../limits/limits.ts'
import { truncate } from '../problems/truncate.ts'

/** Why a request gets no review: the reason that Kubernetes has for the HTTP status. */
export type RefusedReason = (typeof reasons)[RefusedStatus]

export type RefusedStatus = Exclude<keyof typeof reasons, 500>

const reasons = {
  400: 'BadRequest',
  401: 'Unauthorized',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  500: 'InternalError',
  503: 'ServiceUnavailable',
} as const

export const refusedReasons: readonly RefusedReason[] = Object.values(reasons).filter(
  reason => reason !== reasons[500],
)

/** The methods of each path. */
const methods: Readonly<Record<string, string>> = {
  '/mutate': 'POST',
  '/validate': 'POST',
  '/healthz': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
}

/** Answers requests that are not for the webhook with an HTTP status and a JSON message. */
export function answerRefusals(app: FastifyInstance): void {
  // Before the body is read: a request with a wrong path gets its answer without it.
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done()
    const path = request.url.replace(/\?.*$/s, '')
    const allowed = Object.hasOwn(methods, path) ? methods[path] : undefined
    if (allowed === undefined) return refuse(request, reply, 404, noPath)
    reply.header('allow', allowed)
    return refuse(request, reply, 405, `${path} allows ${allowed}`)
  })
  app.setErrorHandler((error: { statusCode?: number; code?: string; message?: string }, request, reply) => {
    const { statusCode = 500, code, message } = error
    // The body could not be read, or has a wrong content type. Fastify's errors have a code, ours have a sentence.
    if (!isRefused(statusCode)) return fail(request, reply, error)
    const sentence = code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? wrongType : notRead
    return refuse(
      request,
      reply,
      statusCode,
      code === undefined && message !== undefined ? message : sentence,
    )
  })
}

export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: RefusedStatus,
  message: string,
): FastifyReply {
  // A message may quote a name that the caller chose.
  const short = truncate(message, limits.refusalLength)
  request.result = { refused: reasons[code], message: short }
  return reply.code(code).send(statusOf(code, short))
}

export function fail(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: unknown,
  logFields?: LogFields | ProfileLogFields | WorkloadLogFields,
): FastifyReply {
  request.result = { failure, ...(logFields && { logFields }) }
  return reply.code(500).send(statusOf(500, 'this is a bug in Pillion; its log says where'))
}

/**
 * A Kubernetes `Status`: the API server quotes its message in the error that the user gets.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function statusOf(code: keyof typeof reasons, message: string) {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason: reasons[code], message }
}

function isRefused(code: number): code is RefusedStatus {
  return code !== 500 && code in reasons
}

const noPath =
  'the path does not exist; the webhooks are POST /mutate for Pods and POST /validate for profiles'
const wrongType = 'Content-Type must be application/json'
const notRead = 'the request ended too early, or it is not valid HTTP/1.1'
