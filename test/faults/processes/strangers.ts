import { randomBytes } from 'node:crypto'
import { connect as connectBare, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect } from 'node:tls'

/**
 * Strangers on loopback, in a process of their own: `node strangers.ts PORT KIND`. They open connections again when they are
 * closed, until SIGTERM. Then it prints how many there were.
 */
const [port, kind] = [Number(process.argv[2]), process.argv[3]]
const seen: Record<string, number> = {}
// As a Pod's, the address is not the one of the API server.
const target = { host: '127.0.0.1', port, localAddress: '127.0.0.2' }

function bare(name: string, act: (socket: Socket) => void): () => Socket {
  return () => {
    const socket = connectBare(target, () => act(socket))
    return noted(name, socket)
  }
}

function shaken(name: string, act: (socket: Socket) => void): () => Socket {
  return () => {
    const socket = connect({ ...target, rejectUnauthorized: false } as ConnectionOptions, () => act(socket))
    return noted(name, socket)
  }
}

function noted(name: string, socket: Socket): Socket {
  seen[name] = (seen[name] ?? 0) + 1
  return socket.on('error', () => {}).resume()
}

const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
const nothing = () => {}
const large = `{"request":{"object":{"a":[${'{},'.repeat(700_000)}{}]}}}`

/** One byte after the other. */
const trickle = (text: string) => (socket: Socket) => {
  let at = 0
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), 200)
  socket.on('close', () => clearInterval(timer))
}

/** How many there are of each at a time. */
const crowds: Readonly<Record<string, readonly (readonly [number, () => Socket])[]>> = {
  slow: [
    [100, shaken('slow headers', trickle(head))],
    [
      100,
      shaken(
        'slow bodies',
        socket => socket.write(`${head}Content-Length: 5000000\r\n\r\n`) && trickle('{"a":')(socket),
      ),
    ],
    [50, shaken('slow readers', socket => void socket.pause().write(`${head}Content-Length: 2\r\n\r\n{}`))],
  ],
  'half-open': [
    [200, bare('never a handshake', nothing)],
    [
      100,
      bare('half a handshake', socket => void socket.write(Buffer.from('1603010200010001fc0303', 'hex'))),
    ],
    [100, shaken('no request', nothing)],
    [100, shaken('half a request', socket => void socket.write(head))],
    [50, shaken('half closed', socket => void socket.end(`${head}Content-Length: 5000\r\n\r\n{`))],
  ],
  garbage: [
    [20, bare('random bytes', socket => void socket.write(randomBytes(1_000)))],
    [20, bare('HTTP without TLS', socket => void socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'))],
    [20, shaken('random bytes in TLS', socket => void socket.write(randomBytes(1_000)))],
    [20, shaken('HTTP/2', socket => void socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))],
    [
      20,
      shaken(
        'no JSON',
        socket => void socket.write(`${head}Content-Length: 1000\r\n\r\n${'{'.repeat(1_000)}`),
      ),
    ],
  ],
  large: [
    [
      20,
      shaken('large bodies', socket =>
        socket.write(`${head}Content-Length: ${large.length}\r\n\r\n${large}`),
      ),
    ],
  ],
  idle: [
    [5_000, bare('idle without TLS', nothing)],
    [5_000, shaken('idle', nothing)],
  ],
}

process.once('SIGTERM', () => {
  process.stderr.write(`strangers: ${JSON.stringify(seen)}\n`)
  process.exit()
})

for (const [count, open] of crowds[kind ?? ''] ?? []) {
  const again = () => void open().on('close', () => setTimeout(again, 200))
  for (let i = 0; i < count; i++) {
    again()
    if (i % 20 === 19) await sleep(10)
  }
}
