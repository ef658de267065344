import { limits } from '../../src/limits/limits.ts'
import { text } from './hostile.ts'
import type { Random } from './random.ts'
import type { Step } from './step.ts'

/** What comes on a connection of somebody who is no API server, and may be no friend of HTTP. */
export function requests(random: Random, body: string): Step {
  const path = random.pick([
    '/mutate',
    '/validate',
    '/warn',
    '/healthz',
    '/readyz',
    '/',
    '/metrics',
    '/mutate?timeout=10s',
    `/${text(random, 20_000)}`,
  ])
  const method = random.pick([
    'POST',
    'POST',
    'POST',
    'GET',
    'PUT',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'HEAD',
    text(random, 30),
  ])
  const length = Buffer.byteLength(body)
  const head = (...headers: readonly string[]) =>
    `${[`${method} ${path} HTTP/1.1`, 'host: pillion', 'content-type: application/json', ...headers].join('\r\n')}\r\n\r\n`
  const whole = head(`content-length: ${length}`) + body
  const chunked = (size: number) => {
    const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
      body.slice(i * size, (i + 1) * size),
    )
    return [
      head('transfer-encoding: chunked'),
      ...pieces.map(piece => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`),
      '0\r\n\r\n',
    ]
  }
  const many = random.size(50)
  const wire = (pieces: readonly string[], { answers = 1, pauseMs = 0 } = {}): Step => ({
    do: 'wire',
    pieces,
    answers,
    pauseMs,
  })
  return random.pick<() => Step>([
    () => wire([whole]),
    () => wire(chunked(Math.max(1, Math.floor(body.length / random.size(200))))),
    // Each chunk has an extension, or is cut short.
    () => wire(chunked(1_000).map(piece => piece.replace('\r\n', `;${text(random, 500)}\r\n`))),
    () => wire(chunked(1_000).slice(0, -1)),
    () => wire([head('transfer-encoding: chunked'), 'fffffffffffffff\r\n', body]),
    // Several at once, without waiting.
    () => wire([whole.repeat(length > 100_000 ? 1 : many)], { answers: length > 100_000 ? 1 : many }),
    () => wire([`${whole}${text(random, 10_000)}`]),
    // Slowly.
    () =>
      wire([whole.slice(0, 20), whole.slice(20, 60), whole.slice(60, 200), whole.slice(200)], {
        pauseMs: 50,
      }),
    () => wire([whole.slice(0, random.between(1, whole.length))], { pauseMs: 100 }),
    // A length that is not that of the body.
    () => wire([head(`content-length: ${length + random.size(1e9)}`) + body]),
    () => wire([head(`content-length: ${random.size(length)}`) + body]),
    () => wire([head(`content-length: ${length}`, `content-length: ${length + 1}`) + body]),
    () => wire([head(`content-length: ${length}`, 'transfer-encoding: chunked') + body]),
    () =>
      wire([
        head(`content-length: ${random.pick(['-1', '1e3', '0x10', '99999999999999999999', ' '])}`) + body,
      ]),
    // Larger than allowed.
    () => wire([head(`content-length: ${limits.bodyBytes + 1}`), ' '.repeat(1_000_000)]),
    () =>
      wire([
        head('transfer-encoding: chunked'),
        ...Array.from({ length: 8 }, () => `f4240\r\n${' '.repeat(1_000_000)}\r\n`),
      ]),
    () => wire([head(`content-length: ${limits.bodyBytes}`), body, ' '.repeat(limits.bodyBytes - length)]),
    // Odd headers.
    () => wire([head(`x: ${text(random, 100_000)}`, `content-length: ${length}`) + body]),
    () =>
      wire([
        head(
          ...Array.from({ length: random.size(5_000) }, (_, i) => `x-${i}: y`),
          `content-length: ${length}`,
        ) + body,
      ]),
    () =>
      wire([
        head(
          `content-encoding: ${random.pick(['gzip', 'br', 'deflate', 'x'])}`,
          `content-length: ${length}`,
        ) + body,
      ]),
    () => wire([head('expect: 100-continue', `content-length: ${length}`), body], { pauseMs: 20 }),
    () => wire([head('upgrade: websocket', 'connection: upgrade', `content-length: ${length}`) + body]),
    () =>
      wire([
        whole.replace(
          'application/json',
          random.pick(['text/plain', 'application/json; charset=utf-16', 'application/yaml', '']),
        ),
      ]),
    () => wire([whole.replaceAll('\r\n', '\n')]),
    () => wire([text(random, 100_000)]),
    () => wire(['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']),
  ])()
}
