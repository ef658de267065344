import { connect as connectBare, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Handshake, PortAct } from './port.ts'
import type { Replica } from './replica.ts'
import { count } from './wire.ts'

/** Does an act on all of its connections at the same time; gives what came back on each. All of them are closed then. */
export async function perform(act: PortAct, { address }: Replica): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: act.connections }, () => performOnce(act, address)))
}

async function performOnce(act: PortAct, address: Replica['address']): Promise<string> {
  const bare = connectBare({ host: '127.0.0.1', port: address.port })
  let isOver = false
  bare.on('error', () => {}).on('close', () => (isOver = true))
  let received = ''
  let heardAt = performance.now()
  const hear = (socket: Socket) =>
    socket.on('data', (chunk: Buffer) => {
      if (received.length < mostKept) received += chunk.toString('latin1')
      heardAt = performance.now()
    })
  const socket = act.tls ? await shaken(bare, act.tls, address.ca) : bare
  if (socket) {
    hear(socket)
    socket.on('error', () => {})
    for (const piece of act.pieces) {
      if (isOver || socket.destroyed) break
      socket.write(Buffer.from(piece, 'latin1'))
      if (act.pauseMs !== undefined) await sleep(act.pauseMs)
    }
    if (act.ends === 'end') socket.end()
    if (act.ends === 'wait' || act.ends === 'end') {
      const start = performance.now()
      while (!isOver && performance.now() - Math.max(heardAt, start) < quietMs) await sleep(20)
    }
    // Below TLS this would end the fuzz itself: Node's socket of TLS still writes into it.
    if (act.ends === 'reset' && socket === bare) bare.resetAndDestroy()
    socket.destroy()
  }
  bare.destroy()
  return received
}

/** The connection after its handshake; undefined if the replica wanted none, or the client left it unfinished. */
async function shaken(bare: Socket, handshake: Handshake, ca: string): Promise<TLSSocket | undefined> {
  const { version, servername, alpn, renegotiations = 0, hello } = handshake
  const options: ConnectionOptions = {
    ca,
    checkServerIdentity: () => undefined,
    ...(version && { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' }),
    ...(servername !== undefined && { servername }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
  }
  if (hello) {
    const bytes = await firstMessage(options)
    const kept = bytes.subarray(0, Math.ceil((bytes.length * hello.percent) / 100))
    for (let i = 0; i < hello.flipped; i++) kept[(i * 7_919) % kept.length]! ^= 1 << (i % 8)
    bare.write(kept)
    await sleep(quietMs / 4)
    return undefined
  }
  const { promise, resolve } = Promise.withResolvers<TLSSocket | undefined>()
  let socket: TLSSocket
  try {
    socket = connect({ ...options, socket: bare }, () => resolve(socket))
  } catch {
    return undefined
  }
  socket.on('error', () => resolve(undefined)).on('close', () => resolve(undefined))
  const timer = setTimeout(resolve, patienceMs, undefined)
  const ready = await promise
  clearTimeout(timer)
  if (!ready) socket.destroy()
  for (let i = 0; ready && i < renegotiations && !ready.destroyed; i++) await renegotiated(ready)
  return ready
}

async function renegotiated(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('close', () => resolve())
  const timer = setTimeout(resolve, quietMs)
  socket.renegotiate({}, () => resolve())
  await promise
  clearTimeout(timer)
}

/** What a client of TLS sends first. */
function firstMessage(options: ConnectionOptions): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const into = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      resolve(Buffer.from(chunk))
      done()
    },
  })
  connect({ ...options, socket: into }).on('error', () => {})
  return promise
}

/** More answers than a replica allowed may have come. */
export function tooMany({ mostAnswers }: PortAct, received: string): boolean {
  return mostAnswers !== undefined && count(received) > mostAnswers
}

/** Nothing more comes after that. */
const quietMs = 300
/** A handshake on a busy machine. */
const patienceMs = 10_000
const mostKept = 1_000_000
