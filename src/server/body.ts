import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../limits/limits.ts'
import { hasTooManyAnnotations } from './annotation-bytes.ts'
import { scanBody } from './body-scan.ts'
import { lateMessage, wasLate } from './broken-request.ts'
import type { Held, InFlight } from './in-flight.ts'
import { type RefusedStatus, refuse } from './refusals.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's share of the memory for all requests. */
    held: Held | undefined
  }
}

/**
 * Reads the bodies of requests, within the bytes that all requests together may hold: those that Content-Length announces,
 * or those that arrive. They are held until the answer is sent, which counts, too.
 */
export function readBodies(app: FastifyInstance, inFlight: InFlight, slow: () => void): void {
  app.removeAllContentTypeParsers()
  app.decorateRequest('held', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const held = inFlight.hold(request.raw.socket.remoteAddress ?? '', () => cut(request, reply, slow))
    request.held = held
    reply.raw.once('close', held.release)
    done()
  })
  app.addContentTypeParser('application/json', (request, payload: IncomingMessage, done) => {
    const broken = (problem: Problem) => done(Object.assign(new Error(problem.message), problem))
    const { held } = request
    if (!held) return broken(brokenOff)
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > limits.bodyBytes) return broken(tooLarge)
    // The body does not fit and is not read; this request has its answer already.
    if (!held.claim(announced)) return
    const chunks: Buffer[] = []
    let length = 0
    payload.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > limits.bodyBytes) {
        stop()
        return broken(tooLarge)
      }
      chunks.push(chunk)
      // A request that is cut has its answer already.
      if (!held.add(chunk.length)) stop()
    })
    payload.once('end', () => done(null, Buffer.concat(chunks.splice(0))))
    payload.once('error', () => broken(wasLate(request.raw.socket) ? late : brokenOff))

    function stop(): void {
      payload.removeAllListeners('data').removeAllListeners('end').pause()
      chunks.length = 0
    }
  })
}

/** The namespace of a review that was not parsed yet: an API server writes it before the object. */
export function namespaceIn(body: unknown): string | undefined {
  if (!Buffer.isBuffer(body)) return undefined
  const at = body.indexOf(namespaceMember)
  if (at === -1) return undefined
  const start = at + namespaceMember.length
  const end = body.indexOf('"', start)
  // No namespace has such a name: all of them together are one.
  return end - start > limits.nameLength ? '' : body.toString('latin1', start, end)
}

const namespaceMember = '"namespace":"'

/** Parses the body of a request, or says why not. `cut` when its place was needed, and it has its answer. */
export function parseBody({ body, held }: FastifyRequest): { readonly body: unknown } | Problem | 'cut' {
  if (!Buffer.isBuffer(body) || !held || body.length === 0) return empty
  if (hasTooManyAnnotations(body)) return tooAnnotated
  const { values, depth, managedFields } = scanBody(body)
  if (values > limits.bodyValues) return tooMany
  if (depth > limits.bodyDepth) return tooDeep
  // The parsed body is soon garbage, but it still takes memory when the next body is read.
  if (!held.add(values * limits.valueBytes)) return 'cut'
  const { from, to } = managedFields ?? { from: 0, to: 0 }
  body.copyWithin(from, to)
  try {
    return { body: JSON.parse(body.toString('utf8', 0, body.length - (to - from))) }
  } catch {
    return noJson
  }
}

/** Ends a request whose memory is needed: with an answer, or by closing the connection if the caller does not read its answer. */
function cut(request: FastifyRequest, reply: FastifyReply, slow: () => void): void {
  if (reply.sent) {
    // The caller may have the answer, and may send its next request on this connection, before Node reports the answer as sent.
    if (request.raw.socket.writableLength <= limits.unreadBytes) return
    slow()
    request.raw.socket.destroy()
    return
  }
  reply.header('connection', 'close').header('retry-after', '1')
  refuse(request, reply, 503, overloaded)
}

type Problem = ReturnType<typeof problem>

const mebibyte = 1_024 * 1_024
const overloaded = `all requests in progress together need more than ${limits.bytesInFlight / mebibyte} MiB, and this one needs the most; send it again`
const brokenOff = problem(400, 'the request ended before its body did')
const late = problem(408, lateMessage)
const empty = problem(400, 'the body is empty; an AdmissionReview is expected')
const noJson = problem(400, 'the body is not valid JSON')
const tooLarge = problem(413, `the body is larger than ${limits.bodyBytes / mebibyte} MiB`)
const tooAnnotated = problem(
  413,
  `the annotations have more than ${limits.podAnnotationBytes} bytes, and no API server accepts that`,
)
const tooMany = problem(413, `the body has more than ${limits.bodyValues} values`)
// encoding/json of Go: maxNestingDepth.
const tooDeep = problem(413, `the body has more than ${limits.bodyDepth} levels of nesting`)

function problem(statusCode: RefusedStatus, message: string) {
  return { statusCode, message }
}
