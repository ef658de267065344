import { deflateSync, gzipSync } from 'node:zlib'
import { text } from './hostile.ts'
import type { Random } from './random.ts'

/** What somebody does on connections of their own to the HTTPS port, who may never have meant to send a review. */
export interface PortAct {
  /** At the same time. */
  readonly connections: number
  /** How the connection begins. Without TLS, `pieces` are what stands there instead. */
  readonly tls?: Handshake
  /** What is written, in Latin-1. */
  readonly pieces: readonly string[]
  /** Between two pieces. */
  readonly pauseMs?: number
  /** What happens after the last piece: `wait` for an answer, close politely, close at once, or reset. */
  readonly ends: 'wait' | 'end' | 'destroy' | 'reset'
  /** No more answers than this may come: bytes of a body must not pass for a request. */
  readonly mostAnswers?: number
}

export interface Handshake {
  readonly version?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  readonly servername?: string
  readonly alpn?: readonly string[]
  /** How often the client begins a new handshake in the connection (TLS 1.2). */
  readonly renegotiations?: number
  /** Only so much of the first message of the client comes, in percent, and so many of its bytes are others. */
  readonly hello?: { readonly percent: number; readonly flipped: number }
}

export function portAct(random: Random, body: string): PortAct {
  const { tls, ...http } = random.chance(0.35) ? handshaking(random, body) : spoken(random, body)
  return { connections: random.size(60), ends: random.pick(endings), ...(tls && { tls }), ...http }
}

type Act = Omit<PortAct, 'connections' | 'ends'> & Partial<Pick<PortAct, 'connections' | 'ends'>>

const endings = ['wait', 'wait', 'end', 'destroy', 'reset'] as const
/** In Latin-1, each character is a byte. */
const length = (body: string) => body.length
const head = (line: string, ...headers: readonly string[]) =>
  `${[line, 'host: pillion', 'content-type: application/json', ...headers].join('\r\n')}\r\n\r\n`
const post = 'POST /mutate HTTP/1.1'
const whole = (body: string, ...headers: readonly string[]) =>
  head(post, `content-length: ${length(body)}`, ...headers) + body
const repeat = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** What is odd before the first byte of HTTP. */
function handshaking(random: Random, body: string): Act {
  const good = [whole(body)]
  return random.pick<() => Act>([
    () => ({ pieces: good }),
    () => ({ pieces: [text(random, 200_000)] }),
    // A record of TLS that announces more than it may have, or has nothing.
    () => ({
      pieces: [
        `\x16\x03\x01${random.pick(['\xff\xff', '\x00\x00', '\x40\x01', '\x00\x05'])}${'\x01'.repeat(random.size(20_000))}`,
      ],
    }),
    () => ({ pieces: [`\x80\x2e\x01\x00\x02${'\x00'.repeat(41)}`] }),
    () => ({ pieces: [], ends: 'wait' }),
    () => ({
      tls: { hello: { percent: random.between(1, 100), flipped: random.pick([0, 0, 1, 5, 50]) } },
      pieces: [],
    }),
    () => ({ tls: { version: random.pick(['TLSv1', 'TLSv1.1'] as const) }, pieces: good, mostAnswers: 0 }),
    () => ({ tls: { version: random.pick(['TLSv1.2', 'TLSv1.3'] as const) }, pieces: good }),
    () => ({
      tls: {
        servername: random.pick([
          'evil.example',
          `${'a'.repeat(60)}.`.repeat(4),
          'localhost',
          '\u0000',
          '*.svc',
        ]),
      },
      pieces: good,
    }),
    () => ({
      tls: { alpn: random.pick([['h2'], ['h2', 'http/1.1'], ['spdy/3'], repeat(50, i => `p${i}`)]) },
      pieces: random.pick([good, [http2]]),
    }),
    () => ({
      tls: { version: 'TLSv1.2', renegotiations: random.between(1, 8) },
      pieces: good,
      connections: random.size(10),
    }),
    () => ({ tls: {}, pieces: [], ends: random.pick(endings) }),
  ])()
}

/** The preface of HTTP/2 with SETTINGS, and a SETTINGS frame that is longer than it says. */
const http2 = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00`

/** What is odd about the HTTP. */
function spoken(random: Random, body: string): Act {
  const act = (pieces: readonly string[], more: Partial<Act> = {}): Act => ({ tls: {}, pieces, ...more })
  const chunks = (sizes: (size: number, i: number) => string, end = '0\r\n\r\n') => {
    const most = random.pick([1, 100, 10_000])
    const all = repeat(Math.ceil(Math.min(body.length, most * 2_000) / most), i =>
      body.slice(i * most, (i + 1) * most),
    )
    return [
      head(post, 'transfer-encoding: chunked'),
      ...all.map((chunk, i) => `${sizes(length(chunk), i)}\r\n${chunk}\r\n`),
      end,
    ]
  }
  const hex = (size: number) => size.toString(16)
  const smuggled = 'GET /healthz HTTP/1.1\r\nhost: pillion\r\n\r\n'
  return random.pick<() => Act>([
    // Slowly: the head a byte at a time, or the body.
    () => act([...whole(body).slice(0, random.between(2, 60))], { pauseMs: 10 }),
    () => act([head(post, `content-length: ${length(body)}`), ...body.slice(0, 40)], { pauseMs: 10 }),
    () =>
      act(
        repeat(40, i => (i === 0 ? `${post}\r\n` : `x-${i}: y\r\n`)),
        { pauseMs: 10 },
      ),
    // Several at once, a wrong one among them.
    () =>
      act([repeat(random.size(100), () => whole(canary(body))).join('')], { connections: random.size(10) }),
    () =>
      act([
        whole(canary(body)) +
          random.pick(['garbage\r\n\r\n', 'GET\r\n\r\n', '\r\n\r\n\r\n', '\x00']) +
          whole(canary(body)),
      ]),
    () =>
      act([repeat(random.size(500), () => head('GET /healthz HTTP/1.1')).join('')], {
        connections: random.size(10),
      }),
    // Heads.
    () => act([whole(body, `x: ${'y'.repeat(random.size(2_000_000))}`)], { connections: random.size(8) }),
    () =>
      act([whole(body, ...repeat(random.size(20_000), i => `x${i}: y`))], { connections: random.size(8) }),
    () =>
      act([
        whole(
          body,
          random.pick([
            'no colon',
            ' folded',
            'x : y',
            ': y',
            'x\x00: y',
            'x: \x00',
            'x: \x7f',
            'x: a\nb: c',
            'x: é',
          ]),
        ),
      ]),
    () => act([head(random.pick(lines), `content-length: ${length(body)}`) + body]),
    () => act([`${post}\r\ncontent-length: ${length(body)}\r\n\r\n${body}`]),
    () => act([whole(body, 'host: other')]),
    () =>
      act([
        whole(
          body,
          random.pick([
            'connection: close',
            'connection: keep-alive, upgrade',
            'upgrade: h2c',
            'http2-settings: AAMAAABk',
            'te: trailers',
            'keep-alive: timeout=99999999',
          ]),
        ),
      ]),
    () =>
      act(
        [
          head(`POST /${'a'.repeat(random.size(500_000))} HTTP/1.1`, `content-length: ${length(body)}`) +
            body,
        ],
        { connections: random.size(8) },
      ),
    // Chunks.
    () => act(chunks(size => `${'0'.repeat(random.size(5_000))}${hex(size)}`)),
    () =>
      act(
        chunks(size =>
          random.pick([
            `+${hex(size)}`,
            `0x${hex(size)}`,
            ` ${hex(size)}`,
            `${hex(size)} `,
            `-${hex(size)}`,
            hex(size).toUpperCase(),
            `${hex(size)}g`,
            '',
          ]),
        ),
      ),
    () => act(chunks(size => `${hex(size)};${text(random, 20_000)}`)),
    () => act(chunks(size => hex(size + random.between(-2, 2)))),
    () => act(chunks((size, i) => (i === 0 ? 'ffffffffffffffff' : hex(size)))),
    () => act(chunks(hex, `0\r\n${repeat(random.size(3_000), i => `t${i}: x`).join('\r\n')}\r\n\r\n`)),
    () =>
      act(
        chunks(
          hex,
          `0\r\n${random.pick(['content-length: 5', 'transfer-encoding: chunked', 'host: x', 'x'])}\r\n\r\n`,
        ),
      ),
    () => act(chunks(hex, '')),
    // Two lengths: what follows the body must not pass for a request.
    () =>
      act(
        [
          head(post, 'transfer-encoding: chunked', `content-length: ${random.pick([0, 4, 6, 1_000])}`) +
            `0\r\n\r\n${smuggled}`,
        ],
        { ends: 'wait', mostAnswers: 1 },
      ),
    () =>
      act([head(post, `content-length: ${smuggled.length}`, random.pick(codings)) + smuggled], {
        ends: 'wait',
        mostAnswers: 1,
      }),
    () =>
      act([head(post, 'content-length: 0', `content-length: ${smuggled.length}`) + smuggled], {
        ends: 'wait',
        mostAnswers: 1,
      }),
    () =>
      act(
        [
          head(
            post,
            `content-length: ${random.pick(['0, 0', '+1', '1 ', '0x1', '1e1', '', '-0', '9'.repeat(400)])}`,
          ) + smuggled,
        ],
        { ends: 'wait', mostAnswers: 1 },
      ),
    () =>
      act([head('GET /healthz HTTP/1.1', `content-length: ${smuggled.length}`) + smuggled], {
        ends: 'wait',
        mostAnswers: 1,
      }),
    // Another protocol.
    () => act([http2 + text(random, 50_000)]),
    () =>
      act([
        head(random.pick(['CONNECT evil.example:443 HTTP/1.1', 'OPTIONS * HTTP/1.1', 'TRACE / HTTP/1.1'])) +
          smuggled,
      ]),
    () =>
      act([
        head(
          'GET /mutate HTTP/1.1',
          'connection: upgrade',
          'upgrade: websocket',
          'sec-websocket-version: 13',
          'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
        ) + text(random, 50_000),
      ]),
    // Compressed bodies, one of which would be a gigabyte.
    () =>
      act([
        compressed(
          random.pick(['gzip', 'x-gzip', 'deflate', 'gzip, gzip', 'br', 'identity']),
          random.chance(0.5) ? gzipSync(body) : deflateSync(body),
        ),
      ]),
    () => act([compressed('gzip', bomb)], { connections: random.size(10) }),
    () => act([head(post, 'transfer-encoding: gzip, chunked') + body]),
    // The client waits for a word that may not come.
    () =>
      act(
        [
          head(post, 'expect: 100-continue', `content-length: ${length(body)}`),
          ...(random.chance(0.5) ? [body] : []),
        ],
        { pauseMs: 50 },
      ),
    () => act([whole(body, `expect: ${random.pick(['x', '100-continue, 100-continue', ''])}`)]),
    // The body ends in the middle.
    () => act([whole(body).slice(0, -random.between(1, length(body)))], { ends: random.pick(endings) }),
    () =>
      act([head(post, 'content-length: 3000000'), ' '.repeat(random.size(2_900_000))], {
        ends: random.pick(endings),
        connections: random.size(8),
      }),
    () =>
      act([head(post, 'content-length: 9007199254740993'), ' '.repeat(random.size(2_000_000))], {
        connections: random.size(8),
      }),
  ])()
}

const lines = [
  'GET / HTTP/0.9',
  'GET /healthz',
  'POST /mutate HTTP/1.0',
  'POST /mutate HTTP/9.9',
  'POST /mutate HTTP/1.1 x',
  'POST  /mutate HTTP/1.1',
  'POST\t/mutate HTTP/1.1',
  'post /mutate HTTP/1.1',
  'POST https://pillion/mutate HTTP/1.1',
  'POST //mutate HTTP/1.1',
  'POST /mutate/../healthz HTTP/1.1',
  'POST /%6dutate HTTP/1.1',
  'POST /mutate%00 HTTP/1.1',
  'POST /mutate#x HTTP/1.1',
  'POST /mutate?timeout=-1s&timeout=1s HTTP/1.1',
  'POST mutate HTTP/1.1',
  'POST * HTTP/1.1',
  'QUERY /mutate HTTP/1.1',
  'PRI /mutate HTTP/1.1',
] as const

const codings = [
  'transfer-encoding: chunked',
  'transfer-encoding: identity',
  'transfer-encoding: xchunked',
  'transfer-encoding: chunked, identity',
  'transfer-encoding: gzip',
  'transfer-encoding : chunked',
  'transfer-encoding:\tchunked',
  'Transfer-Encoding: \x0bchunked',
] as const

/** A small review: of pipelined ones there are many. */
const canary = (body: string) => (body.length > 20_000 ? '{}' : body)

function compressed(coding: string, bytes: Buffer): string {
  return (
    head(post, `content-encoding: ${coding}`, `content-length: ${bytes.length}`) + bytes.toString('latin1')
  )
}

const bomb = gzipSync(Buffer.alloc(50_000_000), { level: 9 })
