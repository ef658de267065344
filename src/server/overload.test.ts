import { once } from 'node:events'
import { connect as connectBare, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { limits } from '../limits/limits.ts'
import {
  asking,
  call,
  counted,
  eventually,
  keepAlive,
  metric,
  mutate,
  probe,
  reviewOf,
  startServer,
  type TestServer,
} from './server.fixture.ts'

describe('bodies in flight', () => {
  it.each([
    { how: 'what Content-Length announces', head: 'Content-Length: 1000000', sent: '{"a":"' },
    {
      how: 'what arrived in chunks',
      head: 'Transfer-Encoding: chunked',
      sent: `f4240\r\n${'x'.repeat(1_000_000)}\r\n`,
    },
  ])('are bounded by $how: of several that hold the most the oldest is refused', async ({ head, sent }) => {
    const server = await startServer()
    const uploads: TLSSocket[] = []
    for (let i = 0; i < 12; i++) {
      const upload = await open(server)
      uploads.push(upload)
      upload.write(`${postHead}${head}\r\n\r\n${sent}`)
      // One after the other, so that the first is the oldest.
      await eventually(async () => {
        const refused = (await counted(server, requests))[unavailable] ?? 0
        const { '': held = 0 } = await metric(server, 'pillion_in_flight_bytes')
        expect(held).toBeGreaterThanOrEqual((i + 1 - refused) * 1_000_000)
      })
      const { '': held = 0 } = await metric(server, 'pillion_in_flight_bytes')
      expect(held).toBeLessThanOrEqual(limits.bytesInFlight)
    }
    const [first] = uploads
    const answer = await textOf(first as TLSSocket)
    expect(answer).toContain('HTTP/1.1 503')
    expect(answer).toContain(
      '"reason":"ServiceUnavailable","message":"all requests in progress together need more than 8 MiB',
    )
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(await counted(server, requests)).toEqual({ [unavailable]: 4 })
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 200 })
  })

  it('of a Pod that etcd can just hold are read', async () => {
    const server = await startServer()
    const container = { name: 'app', image: 'web:1', args: Array.from({ length: 786_000 }, () => '') }
    const object = { metadata: { name: 'web' }, spec: { containers: [container] } }
    expect(await mutate(server, reviewOf({}, { object }))).toMatchObject({
      status: 200,
      body: { response: { allowed: true } },
    })
  })

  it('are let go of when their callers go', async () => {
    const server = await startServer()
    const upload = await open(server)
    upload.write(`${postHead}Content-Length: 6000000\r\n\r\n${'x'.repeat(1_000_000)}`)
    const held = async () => (await metric(server, 'pillion_in_flight_bytes'))['']
    await eventually(async () => expect(await held()).toBe(6_000_000))
    upload.destroy()
    await eventually(async () => expect(await held()).toBe(0))
    expect(await counted(server, requests)).toEqual({ '{outcome="refused",reason="BadRequest"}': 1 })
  })

  it('are refused unparsed when they have more annotations than an API server accepts', async () => {
    const server = await startServer()
    const note = 'x'.repeat(limits.podAnnotationBytes)
    expect(await mutate(server, reviewOf({ ...asking, note }))).toMatchObject({
      status: 413,
      body: { message: 'the annotations have more than 262144 bytes, and no API server accepts that' },
    })
  })

  it('are refused when they are chunked and larger than 7 MiB', async () => {
    const server = await startServer()
    const upload = await open(server)
    const answer = textOf(upload)
    const size = limits.bodyBytes + 1
    upload.write(
      `${postHead}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`,
    )
    expect(await answer).toContain('413')
  })

  it.each([
    { what: 'empty lists', body: `[${'[],'.repeat(limits.bodyValues)}[]]` },
    { what: 'members', body: `{${'"":1,'.repeat(limits.bodyValues)}"":1}` },
  ])('are refused when they have too many $what, before they are parsed', async ({ body }) => {
    const server = await startServer()
    expect(await call(server, { body })).toMatchObject({
      status: 413,
      body: { message: `the body has more than ${limits.bodyValues} values` },
    })
  })

  it('are refused when they are nested deeper than an API server reads, before they are parsed', async () => {
    const server = await startServer()
    const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}${']}'.repeat(depth / 2)}`
    expect(await call(server, { body: nested(limits.bodyDepth + 2) })).toMatchObject({
      status: 413,
      body: { message: `the body has more than ${limits.bodyDepth} levels of nesting` },
    })
    expect((await call(server, { body: nested(limits.bodyDepth) })).status).toBe(400)
  })
})

describe('connections', () => {
  it('of the API server stay when others fill the server, and others are let in', async () => {
    const server = await startServer()
    const agent = keepAlive(server.ca)
    let closed = false
    const review = async () => expect((await mutate(server, reviewOf(asking), agent)).status).toBe(200)
    await review()
    const [kept] = Object.values(agent.freeSockets).flatMap(each => each ?? [])
    kept?.on('close', () => {
      closed = true
    })
    const sockets: TLSSocket[] = []
    for (let i = 0; i < limits.openConnections + 20; i++) sockets.push(await open(server))
    await review()
    await eventually(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(21))
    expect(sockets.slice(0, 21).every(({ closed }) => closed)).toBe(true)
    expect(closed).toBe(false)
    expect(await metric(server, 'pillion_connections')).toMatchObject({
      // One place was for the request, and is free again.
      '{state="open"}': limits.openConnections - 1,
      '{state="idle"}': 1,
      '{state="handshake"}': 0,
    })
    expect(await metric(server, 'pillion_connections_closed_total')).toMatchObject({ '{reason="open"}': 21 })
  })

  it('that shake no hands are bounded: the oldest go', async () => {
    const server = await startServer()
    const sockets: Socket[] = []
    for (let i = 0; i < limits.handshakes + 10; i++) {
      const socket = connectBare(server.port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => {})
      socket.resume()
      await once(socket, 'connect')
      sockets.push(socket)
    }
    await eventually(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(10))
    expect(sockets.slice(0, 10).every(({ closed }) => closed)).toBe(true)
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 200 })
  })

  it('that were answered and are idle are bounded: the one that was idle for the longest time goes', async () => {
    const server = await startServer()
    const sockets: TLSSocket[] = []
    for (let i = 0; i < limits.idleConnections + 5; i++) {
      const socket = await open(server)
      socket.write('GET /healthz HTTP/1.1\r\nHost: pillion\r\n\r\n')
      await once(socket, 'data')
      socket.resume()
      sockets.push(socket)
    }
    await eventually(() => expect(sockets.map(({ closed }) => closed).indexOf(false)).toBe(5))
    expect(await metric(server, 'pillion_connections_closed_total')).toMatchObject({ '{reason="idle"}': 5 })
  })

  it('that send a second request before the answer to the first are closed', async () => {
    const server = await startServer()
    const socket = await open(server)
    socket.resume()
    socket.write(`${postHead}Content-Length: 9\r\n\r\n{"a":`)
    await eventually(async () => expect(await metric(server, 'pillion_in_flight_bytes')).toEqual({ '': 9 }))
    socket.write(`"b"}${'GET /healthz HTTP/1.1\r\nHost: pillion\r\n\r\n'.repeat(3)}`)
    await once(socket, 'close')
    expect(await metric(server, 'pillion_connections_closed_total')).toMatchObject({
      '{reason="pipelining"}': 1,
    })
  })

  it('that are slow are closed, and one that is idle before or between requests is not', async () => {
    const server = await startServer()
    const agent = keepAlive(server.ca)
    await mutate(server, reviewOf(asking), agent)
    const [kept] = Object.values(agent.freeSockets).flatMap(each => each ?? [])
    const bare = connectBare(server.port, '127.0.0.1')
    const [unused, headless, bodiless] = [await open(server), await open(server), await open(server)]
    headless.write('POST /mutate HTTP/1.1\r\nHost:')
    bodiless.write(`${postHead}Content-Length: 10\r\n\r\n{`)
    const answers = Promise.all([headless, bodiless].map(textOf))
    await once(bare.resume(), 'close')
    for (const answer of await answers) {
      expect(answer).toContain('HTTP/1.1 408 Request Timeout')
      expect(answer).toContain('"reason":"Timeout"')
    }
    expect(await metric(server, 'pillion_connections_closed_total')).toMatchObject({
      '{reason="timeout"}': expect.any(Number),
    })
    expect([kept?.closed, unused.closed]).toEqual([false, false])
    expect(await mutate(server, reviewOf(asking), agent)).toMatchObject({ status: 200 })
    unused.write('GET /healthz HTTP/1.1\r\nHost: pillion\r\nConnection: close\r\n\r\n')
    expect(await textOf(unused)).toContain('HTTP/1.1 200 OK')
    // The body that did not come is a refused request.
    expect(await counted(server, requests)).toMatchObject({ '{outcome="refused",reason="Timeout"}': 1 })
  })
})

describe('the port of the metrics', () => {
  it('has so many connections and no more: the oldest goes', async () => {
    const server = await startServer()
    const sockets: Socket[] = []
    for (let i = 0; i < limits.metricsConnections + 3; i++) {
      const socket = connectBare(server.metricsPort, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      await once(socket.on('error', () => {}).resume(), 'connect')
      sockets.push(socket)
    }
    await eventually(() => expect(sockets.map(({ closed }) => closed).indexOf(false)).toBe(3))
    expect(await metric(server, 'pillion_profiles')).toEqual({ '': 1 })
    for (const path of ['/healthz', '/readyz'] as const) {
      expect(await (await probe(server, path)).json()).toEqual({ status: 'ok' })
    }
  })

  it('answers probes while others shake no hands on the port of the webhook', async () => {
    const server = await startServer()
    for (let i = 0; i < limits.handshakes; i++) {
      const socket = connectBare(server.port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      await once(
        socket.on('error', () => {}),
        'connect',
      )
    }
    expect((await probe(server, '/readyz')).status).toBe(200)
  })
})

describe('the log', () => {
  it('has the first refused request, and one line for the others of a second', async () => {
    const server = await startServer()
    const agent = keepAlive(server.ca)
    for (let i = 0; i < 300; i++) await call(server, { body: '{', agent })
    const refused = () => server.lines.filter(({ msg }) => msg === 'request refused')
    const told = () => refused().reduce((sum, { others = 0 }) => sum + 1 + Number(others), 0)
    await eventually(() => expect(told()).toBe(300))
    expect(refused().length).toBeLessThan(20)
    expect(await counted(server, requests)).toEqual({ '{outcome="refused",reason="BadRequest"}': 300 })
  })
})

describe('an answer that is no patch', () => {
  const long = 'k'.repeat(1_000_000)
  it.each([
    { what: 'a long key', review: reviewOf({}, { object: { metadata: { annotations: { [long]: 1 } } } }) },
    { what: 'a long path', path: `/mutate?${'x'.repeat(10_000)}` },
    { what: 'a long uid', review: reviewOf({ 'pillion.dev/inject': 'no' }, { uid: long }) },
    { what: 'a long operation', review: reviewOf({}, { operation: long }) },
    { what: 'a long kind', review: reviewOf({}, { kind: { group: long, version: 'v1', kind: 'Pod' } }) },
    { what: 'a long version', review: { ...reviewOf({}), apiVersion: long } },
    {
      what: 'control characters',
      review: reviewOf({}, { object: { metadata: { annotations: { ['\u0001'.repeat(100_000)]: 1 } } } }),
    },
  ])('has at most 64 KiB: $what', async ({ review, path }) => {
    const server = await startServer()
    for (const to of path ? [path] : ['/mutate', '/validate']) {
      const { body } = await call(server, { path: to, body: JSON.stringify(review ?? {}) })
      expect(JSON.stringify(body).length).toBeLessThanOrEqual(65_536)
    }
  })
})

const requests = 'pillion_admission_requests_total'
const unavailable = '{outcome="refused",reason="ServiceUnavailable"}'
const postHead = 'POST /mutate HTTP/1.1\r\nHost: pillion\r\nContent-Type: application/json\r\n'

async function open({ port, ca }: TestServer): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  return socket
}

/** All that the server sends until it closes the connection. */
async function textOf(socket: Socket): Promise<string> {
  let received = ''
  socket.on('data', data => {
    received += data
  })
  if (!socket.closed) await once(socket, 'close')
  return received
}
