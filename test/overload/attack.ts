import { connect as connectBare } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/**
 * Strangers on loopback, in a process of their own: `node attack.ts PORT MILLISECONDS [PROBE_PORT]`. 200 of them upload
 * 6 MB slowly and begin again when they are cut, 3,000 connections stay idle, and 10,000 are opened and closed at once;
 * on the port of the probes 200 stay, and are opened again when they are closed. Prints what became of them, and ends.
 */
const [port, durationMs, probePort] = process.argv.slice(2).map(Number)
const end = Date.now() + (durationMs ?? 0)
const seen = { uploads: 0, idle: 0, attempts: 0, bare: 0, closed: 0, failed: 0 }

function open(shaken: (socket: TLSSocket) => void): TLSSocket {
  const socket = connect(
    // As a Pod's, the address is not the one of the API server.
    { host: '127.0.0.1', port, rejectUnauthorized: false, localAddress: '127.0.0.2' } as ConnectionOptions,
    () => shaken(socket),
  )
  socket.on('error', () => seen.failed++).on('close', () => seen.closed++)
  return socket.resume()
}

const size = 6_000_000
const piece = Buffer.alloc(30_000, 'x')

function upload(): void {
  const socket = open(() => {
    seen.uploads++
    socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
    socket.write(`Content-Length: ${size}\r\n\r\n{"a":"`)
    const timer = setInterval(() => socket.write(piece), 20)
    setTimeout(() => clearInterval(timer), (20 * (size - 100_000)) / piece.length)
    socket.on('close', () => {
      clearInterval(timer)
      if (Date.now() < end) setTimeout(upload, 50)
    })
  })
}

function attempt(): void {
  if (seen.attempts++ >= 10_000 || Date.now() > end) return
  open(socket => socket.destroy()).on('close', attempt)
}

function crowd(): void {
  if (Date.now() > end) return
  seen.bare++
  connectBare({ host: '127.0.0.1', port: probePort as number, localAddress: '127.0.0.2' })
    .on('error', () => {})
    .resume()
    .on('close', () => setTimeout(crowd, 50))
}

if (probePort !== undefined) for (let i = 0; i < 200; i++) crowd()
for (let i = 0; i < 200; i++) upload()
for (let i = 0; i < 100; i++) attempt()
for (let i = 0; i < 3_000 && Date.now() < end; i++) {
  open(() => seen.idle++)
  if (i % 20 === 0) await sleep(5)
}
await sleep(Math.max(0, end - Date.now()))
process.stdout.write(`${JSON.stringify(seen)}\n`)
process.exit()
