import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits/limits.ts'
import type { ClosedReason } from './connections.ts'
import { type RefusedStatus, statusOf } from './refusals.ts'

/**
 * How long a connection may be idle. The API server closes a connection that was idle for 90 s. If Pillion closed it first, a
 * request that the API server sends at that moment would be lost.
 */
export const longestIdleMs = 100_000

export const lateMessage = `the request did not arrive within ${limits.requestMs / 1_000} s`

/** Whether Pillion closed a connection because its request did not arrive in time. */
export function wasLate(socket: Socket): boolean {
  return late.has(socket)
}
const late = new WeakSet<Socket>()

/**
 * Answers a request that Node could not read, or not in time, and closes the connection. No hook of Fastify runs for such
 * a request. A client that closed its connection itself gets no answer. A connection without a byte stays, like one between
 * two requests: the API server may have opened it in advance. If Pillion closed it while the API server sends its first
 * request, that request would fail.
 */
export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  closed: (why: ClosedReason) => void,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy()
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  if (isLate && socket.bytesRead === 0) return void socket.setTimeout(longestIdleMs)
  if (isLate) {
    late.add(socket)
    closed('timeout')
  }
  const [code, phrase, message]: [RefusedStatus, string, string] = isLate
    ? [408, 'Request Timeout', lateMessage]
    : [400, 'Bad Request', 'the request is not valid HTTP/1.1']
  const body = JSON.stringify(statusOf(code, message))
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${code} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}

/**
 * Answers a request that expects anything but `100-continue`, as Node would, and ends the connection. No hook of Fastify runs
 * for such a request, so with many of them, a caller could keep a connection that is to end. No API server sends one.
 */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close' }).end()
}
