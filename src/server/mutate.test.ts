import { once } from 'node:events'
import { connect as tlsConnect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import {
  asking,
  type Call,
  call,
  counted,
  keepAlive,
  mutate,
  reviewOf,
  startServer,
} from './server.fixture.ts'

const json = { 'content-type': 'application/json' }

describe('POST /mutate', () => {
  it('answers a review over verified TLS, whatever the query says', async () => {
    const server = await startServer()
    const body = JSON.stringify(reviewOf(asking))
    const answer = await call(server, { path: '/mutate?timeout=10s', body })
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringContaining('application/json') },
      body: { response: { uid: 'u1', allowed: true, patchType: 'JSONPatch' } },
    })
  })

  it('denies with HTTP 200, because a decision is no error', async () => {
    const server = await startServer()
    const answer = await mutate(server, reviewOf({ 'pillion.dev/inject': 'loging' }))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        response: { allowed: false, status: { code: 403, message: expect.stringContaining('"logging"') } },
      },
    })
  })

  it.each<{ what: string; request: Call; status: number; reason: string; says: string }>([
    {
      what: 'no JSON',
      request: { headers: json, body: '{"a":' },
      status: 400,
      reason: 'BadRequest',
      says: 'the body is not valid JSON',
    },
    {
      what: 'an empty body',
      request: { headers: { ...json, 'content-length': 0 } },
      status: 400,
      reason: 'BadRequest',
      says: 'the body is empty',
    },
    {
      what: 'no review',
      request: { headers: json, body: '[]' },
      status: 400,
      reason: 'BadRequest',
      says: 'the body is not an AdmissionReview',
    },
    {
      what: 'no Pod',
      request: {
        headers: json,
        body: JSON.stringify(reviewOf({}, { object: { spec: { containers: [1] } } })),
      },
      status: 400,
      reason: 'BadRequest',
      says: 'request.object.spec.containers[0] must be an object',
    },
    {
      what: 'more than 7 MiB',
      // Refused by what it says of itself: the rest need not be sent.
      request: { headers: { ...json, 'content-length': 7 * 1_024 * 1_024 + 1 } },
      status: 413,
      reason: 'RequestEntityTooLarge',
      says: 'the body is larger than 7 MiB',
    },
    {
      what: 'another content type',
      request: { headers: { 'content-type': 'text/plain' }, body: '{}' },
      status: 415,
      reason: 'UnsupportedMediaType',
      says: 'Content-Type must be application/json',
    },
    {
      what: 'no content type',
      request: { headers: {}, body: '{}' },
      status: 415,
      reason: 'UnsupportedMediaType',
      says: 'Content-Type must be application/json',
    },
    {
      what: 'GET',
      request: { method: 'GET' },
      status: 405,
      reason: 'MethodNotAllowed',
      says: '/mutate allows POST',
    },
    {
      what: 'another path',
      request: { path: '/inject', headers: json, body: '{}' },
      status: 404,
      reason: 'NotFound',
      says: 'the webhooks are POST /mutate',
    },
    {
      what: 'a path that cannot be decoded',
      request: { path: '/%ff', headers: json, body: '{}' },
      status: 400,
      reason: 'BadRequest',
      says: 'the request path is not valid',
    },
  ])('refuses $what with $status, says why, counts it, and lives on', async ({ request, ...expected }) => {
    const server = await startServer()
    const { status, body } = await call(server, request)
    expect({ status, body }).toEqual({
      status: expected.status,
      body: {
        apiVersion: 'v1',
        kind: 'Status',
        status: 'Failure',
        code: expected.status,
        reason: expected.reason,
        message: expect.stringContaining(expected.says),
      },
    })
    expect(await counted(server, 'pillion_admission_requests_total')).toEqual({
      [`{outcome="refused",reason="${expected.reason}"}`]: 1,
    })
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 200 })
  })

  it('judges a Pod with keys that are special in JavaScript, and nothing else changes', async () => {
    const server = await startServer()
    const body = JSON.stringify(reviewOf({ ...asking, KEY: '1' })).replace(
      '"KEY":"1"',
      '"__proto__":"polluted","constructor":"x"',
    )
    expect(await call(server, { body })).toMatchObject({ status: 200, body: { response: { allowed: true } } })
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('answers many calls on one connection', async () => {
    const server = await startServer()
    const agent = keepAlive(server.ca)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => mutate(server, reviewOf(asking, { uid: `u${i}` }), agent)),
    )
    expect(answers.map(({ body }) => (body['response'] as { uid: string }).uid)).toEqual(
      answers.map((_, i) => `u${i}`),
    )
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('speaks no %s', async version => {
    const server = await startServer()
    const socket = tlsConnect({
      host: '127.0.0.1',
      port: server.port,
      ca: server.ca,
      minVersion: version,
      maxVersion: version,
      // OpenSSL's own default would not even try.
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const [error] = await once(socket, 'error').catch(error => [error])
    expect(error).toMatchObject({ code: expect.stringMatching(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/) })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s, and HTTP/1.1', async version => {
    const server = await startServer()
    const socket = tlsConnect({
      host: '127.0.0.1',
      port: server.port,
      ca: server.ca,
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(socket, 'secureConnect')
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, 'http/1.1'])
    socket.destroy()
  })
})

describe('probes', () => {
  it.each(['/healthz', '/readyz'])('answers %s, and does not count it', async path => {
    const server = await startServer()
    expect(await call(server, { method: 'GET', path, headers: {} })).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    })
    expect(await counted(server, 'pillion_admission_requests_total')).toEqual({})
  })
})
