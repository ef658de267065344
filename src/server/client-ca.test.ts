import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../test/apiserver/certificates.ts'
import { clientCaIn } from './client-ca.ts'
import {
  asking,
  call,
  counted,
  eventually,
  metric,
  mutate,
  replaceFile,
  reviewOf,
  startServer,
  temporaryDirectory,
} from './server.fixture.ts'

async function startWithClientCa() {
  const authority = await createAuthority()
  const file = join(await temporaryDirectory(), 'client-ca.crt')
  await writeFile(file, authority.cert)
  const server = await startServer({ clientCa: file })
  const agentOf = async (from: typeof authority, options = {}) =>
    new Agent({ ca: server.ca, ...(await from.issueClient('kube-apiserver')), ...options })
  /** A connection of its own, without an agent. */
  const connectedAs = async (from: typeof authority, to: { socket: Socket } | { port: number }) => {
    const { ca, cert, key } = (await agentOf(from)).options
    const socket = connectTls({ ...to, ca, cert, key, host: '127.0.0.1' })
    await once(socket, 'secureConnect')
    return socket
  }
  let replaced = 0
  /** Gives the server another CA, and waits until it has it. */
  const replaceCa = async () => {
    const next = await createAuthority()
    await replaceFile(file, next.cert)
    replaced += 1
    await eventually(async () =>
      expect(await metric(server, 'pillion_client_ca_reloads_total')).toMatchObject({
        '{result="success"}': replaced,
      }),
    )
    return next
  }
  return { authority, file, server, agentOf, connectedAs, replaceCa }
}

describe('--client-ca', () => {
  it.each(['/mutate', '/validate', '/nothing'])(
    'refuses %s with 401 to a caller without a certificate, before its body is read, and counts it',
    async path => {
      const { server } = await startWithClientCa()
      // The body never comes: whoever waits for it never answers.
      const headers = { 'content-type': 'application/json', 'content-length': 1_000_000 }
      expect(await call(server, { path, headers, body: '{' })).toMatchObject({
        status: 401,
        headers: { connection: 'close' },
        body: {
          kind: 'Status',
          code: 401,
          reason: 'Unauthorized',
          message: expect.stringContaining('--client-ca'),
        },
      })
      expect(await counted(server, 'pillion_admission_requests_total')).toEqual({
        '{outcome="refused",reason="Unauthorized"}': 1,
      })
    },
  )

  it('answers a caller with a certificate of the CA, by TLS 1.2, 1.3 and on a resumed session', async () => {
    const { authority, server, agentOf } = await startWithClientCa()
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const agent = await agentOf(authority, { maxVersion })
      for (let i = 0; i < 3; i++) {
        expect(await mutate(server, reviewOf(asking), agent)).toMatchObject({ status: 200 })
      }
    }
  })

  it('refuses a certificate of another CA, and one of that CA that is for servers', async () => {
    const { authority, server, agentOf } = await startWithClientCa()
    const other = await agentOf(await createAuthority())
    const serving = new Agent({ ca: server.ca, ...(await authority.issue()) })
    for (const agent of [other, serving]) {
      expect(await mutate(server, reviewOf(asking), agent)).toMatchObject({ status: 401 })
    }
  })

  it.each(['/healthz', '/readyz'])('answers %s to the kubelet, which has no certificate', async path => {
    const { server } = await startWithClientCa()
    expect(await call(server, { method: 'GET', path, headers: {} })).toMatchObject({ status: 200 })
  })

  it('takes a new CA without a restart, and then refuses certificates of the one before', async () => {
    const { authority, server, agentOf, replaceCa } = await startWithClientCa()
    const before = await agentOf(authority, { keepAlive: true })
    expect(await mutate(server, reviewOf(asking), before)).toMatchObject({ status: 200 })
    const next = await replaceCa()
    expect(await mutate(server, reviewOf(asking), await agentOf(next))).toMatchObject({ status: 200 })
    // The connection is there: what comes on it is not lost, and the answer ends it.
    expect(await mutate(server, reviewOf(asking), before)).toMatchObject({
      status: 200,
      headers: { connection: 'close' },
    })
    expect(await mutate(server, reviewOf(asking), before)).toMatchObject({ status: 401 })
    before.destroy()
  })

  it('ends a connection with its first answer whose handshake began before the new CA', async () => {
    const { authority, server, connectedAs, replaceCa } = await startWithClientCa()
    // The handshake waits for the caller, who says nothing at first.
    const bare = connect({ host: '127.0.0.1', port: server.port })
    await once(bare, 'connect')
    await replaceCa()
    const socket = await connectedAs(authority, { socket: bare })
    const body = JSON.stringify(reviewOf(asking))
    socket.write(
      `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is)
    socket.destroy()
  })

  it.each([
    ['a path that cannot be decoded', 'GET /% HTTP/1.1\r\nHost: x', 400],
    ['an expectation', 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: x', 417],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: x', 404],
    ['another method', 'PROPFIND /mutate HTTP/1.1\r\nHost: x', 405],
    ['another protocol', 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c', 200],
    ['an old version', 'GET /healthz HTTP/1.0\r\nConnection: keep-alive', 200],
    ['no host', 'GET /healthz HTTP/1.1', 400],
    ['a body that is too large', 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999', 415],
  ])('ends a connection of an earlier CA with its answer to %s', async (_, head, status) => {
    const { authority, server, connectedAs, replaceCa } = await startWithClientCa()
    const socket = await connectedAs(authority, { port: server.port })
    // A connection that is outdated stays so.
    await replaceCa()
    await replaceCa()
    socket.write(`${head}\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\nconnection: close\r\n`, 'is'))
    await once(socket.resume(), 'close')
  })

  it('keeps the CA when the file is emptied, says so, and lets no stranger in', async () => {
    const { authority, file, server, agentOf } = await startWithClientCa()
    await writeFile(file, '')
    await eventually(async () =>
      expect(await metric(server, 'pillion_client_ca_reloads_total')).toMatchObject({
        '{result="failure"}': 1,
      }),
    )
    expect(await mutate(server, reviewOf(asking), await agentOf(authority))).toMatchObject({ status: 200 })
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 401 })
    expect(server.lines).toContainEqual(
      expect.objectContaining({ msg: 'client CA not accepted; the previous one stays in use' }),
    )
  })

  it('leaves the connections of strangers few', async () => {
    const { server } = await startWithClientCa()
    const agents = Array.from({ length: 40 }, () => new Agent({ ca: server.ca, keepAlive: true }))
    for (const agent of agents) await call(server, { method: 'GET', path: '/healthz', headers: {}, agent })
    expect(await metric(server, 'pillion_connections_closed_total')).toMatchObject({
      '{reason="stranger"}': 8,
    })
    for (const agent of agents) agent.destroy()
  })
})

describe('clientCaIn', () => {
  it.each([
    { what: 'nothing', pem: async () => '' },
    { what: 'a certificate that is no CA', pem: async () => (await (await createAuthority()).issue()).cert },
    { what: 'a key', pem: async () => (await (await createAuthority()).issue()).key },
    { what: 'a broken certificate', pem: async () => (await createAuthority()).cert.replace(/M/g, 'N') },
    {
      what: 'a good CA and a broken one',
      pem: async () => {
        const { cert } = await createAuthority()
        return `${cert}\n${cert.replace(/M/g, 'N')}`
      },
    },
  ])('refuses a file that holds $what', async ({ pem }) => {
    const file = join(await temporaryDirectory(), 'ca.crt')
    await writeFile(file, await pem())
    const { signal } = new AbortController()
    const events = { renewed() {}, refused() {}, signal }
    const read = await clientCaIn({ clientCa: file, reloadIntervalMs: 1_000 }, events)
    expect(read).toEqual({
      problem: expect.stringContaining(`${file} must contain CA certificates in PEM`),
    })
  })

  it('names a file that cannot be read', async () => {
    const { signal } = new AbortController()
    const options = { clientCa: '/nowhere/ca.crt', reloadIntervalMs: 1_000 }
    expect(await clientCaIn(options, { renewed() {}, refused() {}, signal })).toEqual({
      problem: expect.stringContaining('/nowhere/ca.crt cannot be read'),
    })
  })
})
