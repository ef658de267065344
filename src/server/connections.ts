import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { limits } from '../limits/limits.ts'
import { createPeers, type Peers } from './peers.ts'

/**
 * What a connection does. It is `open` with a request under way, or before the first, and `idle` between two. A
 * `stranger` has no client certificate although one is wanted.
 */
export const connectionStates = ['handshake', 'open', 'idle', 'stranger'] as const
export type ConnectionState = (typeof connectionStates)[number]

/** Why the server closed a connection: its state was full, it misbehaved, or was too slow to send or to read. */
export const closedReasons = [...connectionStates, 'pipelining', 'timeout', 'slow'] as const
export type ClosedReason = (typeof closedReasons)[number]

export interface Connections {
  readonly count: (state: ConnectionState) => number
}

const most = {
  handshake: limits.handshakes,
  open: limits.openConnections,
  idle: limits.idleConnections,
  stranger: limits.strangerConnections,
} as const satisfies Record<ConnectionState, number>

/**
 * Bounds the connections of a server, in each state. A new one is always let in: when its state is full, another one is
 * closed, the oldest in that state of the address that has the most. The API server finishes handshakes and requests
 * within milliseconds, so nobody can keep it out by holding connections.
 */
export function boundConnections(
  server: Server,
  { isStranger, closed }: { isStranger: (socket: TLSSocket) => boolean; closed: (why: ClosedReason) => void },
): Connections {
  const states: Readonly<Record<ConnectionState, Peers>> = {
    handshake: createPeers(),
    open: createPeers(),
    idle: createPeers(),
    stranger: createPeers(),
  }
  const current = new Map<Socket, ConnectionState>()
  /** The bare connections of which the handshake is not finished, by the port and address of the peer. */
  const shaking = new Map<string, Socket>()

  function leave(socket: Socket): void {
    const state = current.get(socket)
    if (state) states[state].delete(socket)
    current.delete(socket)
  }

  function enter(socket: Socket, state: ConnectionState): void {
    leave(socket)
    if (socket.destroyed) return
    const { [state]: peers } = states
    const closing = peers.size() < most[state] ? undefined : peers.mostDispensable()
    if (closing) {
      leave(closing)
      closing.destroy()
      closed(state)
    }
    peers.add(socket)
    current.set(socket, state)
  }

  function answerOneAtATime(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as TLSSocket
    // HTTP/1.1 allows it, no API server does it, and each request would hold memory until the first is answered.
    // Node says that an answer is over some time after its caller can have it, and may have sent the next request.
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
    enter(socket, isStranger(socket) ? 'stranger' : 'open')
    socket.once('close', () => leave(socket))
  })
  server.prependListener('request', answerOneAtATime)
  return { count: state => states[state].size() }
}

function peerOf({ remotePort, remoteAddress }: Socket): string {
  return `${remotePort} ${remoteAddress}`
}
