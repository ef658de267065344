import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { limits } from '../limits/limits.ts'
import { createPool, type Pool } from './connection-pool.ts'

/**
 * The state of a connection. It is `open` during a request and before the first one, and `idle` between two requests. A
 * `stranger` lacks the required client certificate.
 */
export const connectionStates = ['handshake', 'open', 'idle', 'stranger'] as const
type ConnectionState = (typeof connectionStates)[number]

/** Why the server closed a connection: too many were in its state, it misbehaved, or it was too slow. */
export const closedReasons = [...connectionStates, 'pipelining', 'timeout', 'slow'] as const
export type ClosedReason = (typeof closedReasons)[number]

export type Connections = ReturnType<typeof boundConnections>

/**
 * Limits the number of connections of a server in each state. A new connection is always accepted. If its state is full,
 * the server closes another one in that state: the oldest of the address that has the most. The API server finishes
 * handshakes and requests within milliseconds, so nobody can keep it out by holding connections.
 */
export function boundConnections(
  server: Server,
  { isStranger, closed }: { isStranger: (socket: TLSSocket) => boolean; closed: (why: ClosedReason) => void },
): {
  readonly count: (state: ConnectionState) => number
  /** Marks each connection that there is now as outdated, also during its handshake. */
  readonly outdate: () => void
  /** Whether a connection is to end with its next answer. */
  readonly isOutdated: (socket: Socket) => boolean
} {
  const states: Readonly<Record<ConnectionState, Pool>> = {
    handshake: createPool(limits.handshakes),
    open: createPool(limits.openConnections),
    idle: createPool(limits.idleConnections),
    stranger: createPool(limits.strangerConnections),
  }
  const current = new Map<Socket, ConnectionState>()
  let outdated = new WeakSet<Socket>()
  /** The TCP connections whose TLS handshake is not finished, by the port and address of the peer. */
  const shaking = new Map<string, Socket>()

  function leave(socket: Socket): void {
    const state = current.get(socket)
    if (state) states[state].delete(socket)
    current.delete(socket)
  }

  function enter(socket: Socket, state: ConnectionState): void {
    leave(socket)
    if (socket.destroyed) return
    const closing = states[state].admit(socket)
    if (closing) {
      current.delete(closing)
      closing.destroy()
      closed(state)
    }
    current.set(socket, state)
  }

  function answerOneAtATime(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as TLSSocket
    // HTTP/1.1 allows pipelining, but no API server uses it, and each request would hold memory until the first is answered.
    // Node reports the end of an answer late: by then the caller may have sent its next request.
    if (busy.get(socket)?.writableEnded === false) {
      if (socket.destroyed) return
      closed('pipelining')
      socket.destroy()
      return
    }
    busy.set(socket, response)
    const state = isStranger(socket) ? 'stranger' : 'open'
    enter(socket, state)
    response.once('close', () => {
      if (busy.get(socket) !== response) return
      busy.delete(socket)
      if (current.get(socket) === state && state === 'open') enter(socket, 'idle')
    })
  }
  const busy = new WeakMap<Socket, ServerResponse>()

  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    shaking.set(peer, socket)
    enter(socket, 'handshake')
    socket.once('close', () => {
      leave(socket)
      if (shaking.get(peer) === socket) shaking.delete(peer)
    })
  })
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const bare = shaking.get(peerOf(socket))
    if (bare) leave(bare)
    if (bare && outdated.has(bare)) outdated.add(socket)
    enter(socket, isStranger(socket) ? 'stranger' : 'open')
    socket.once('close', () => leave(socket))
  })
  server.prependListener('request', answerOneAtATime)
  return {
    count: state => states[state].count(),
    outdate() {
      outdated = new WeakSet(current.keys())
    },
    isOutdated: socket => outdated.has(socket),
  }
}

function peerOf({ remotePort, remoteAddress }: Socket): string {
  return `${remotePort} ${remoteAddress}`
}
