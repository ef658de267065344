import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ReviewContext } from '../admission/review.ts'
import { limits } from '../limits/limits.ts'
import { collect } from '../profile/accept/profiles.ts'
import { accepted, clusterProfile } from '../profile/profile.fixture.ts'
import { createApp, type Parts } from './app.ts'
import type { Pair } from './certificate.ts'
import type { RequestResult } from './review-telemetry.ts'
import { asking, issueForLoopback, reviewOf } from './server.fixture.ts'

// Without a socket: what the server does in states that a whole one does not show on demand.

/** A profile, and a Pod that has it, denied, in a revision that nobody here has. */
const { profiles: stored } = collect([
  accepted(clusterProfile({ containers: [{ name: 'logging', image: 'logging:1' }] }, 'logging')),
])
const status = { profiles: { logging: { revision: 'fffffffff0', initContainers: ['logging'] } } }
const object = {
  metadata: { annotations: { ...asking, 'pillion.dev/status': JSON.stringify(status) } },
  spec: {
    containers: [{ name: 'app', image: 'web:1' }],
    initContainers: [{ name: 'logging', image: 'ahead:1', restartPolicy: 'Always' }],
  },
}
const claiming = reviewOf({}, { object })

describe('createApp', () => {
  let pair: Pair
  const context: ReviewContext = {
    profiles: collect([]).profiles,
    cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set() },
    namespaceOf: name => ({ name, labels: {}, annotations: {} }),
  }
  const bug = new Error('a bug')
  const buggy = (): never => {
    throw bug
  }

  beforeAll(async () => {
    const { cert, key } = await issueForLoopback()
    pair = { cert: Buffer.from(cert), key: Buffer.from(key), expiresAt: new Date() }
  })

  function appWith(parts: Partial<Parts> = {}) {
    const results: RequestResult[] = []
    const app = createApp({
      nextProfiles: async () => {},
      pair,
      context: () => context,
      readiness: [],
      isDraining: () => false,
      account: result => results.push(result),
      ...parts,
    })
    return { app, results }
  }

  it('answers a bug of the engine with HTTP 500, and says whose Pod met it', async () => {
    const profiles = { ...context.profiles, find: buggy }
    const { app, results } = appWith({ context: () => ({ ...context, profiles }) })
    const answer = await app.inject({ method: 'POST', url: '/mutate', payload: reviewOf(asking) })
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toMatchObject({ kind: 'Status', code: 500, reason: 'InternalError' })
    expect(results).toEqual([{ failure: bug, logFields: expect.objectContaining({ uid: 'u1' }) }])
  })

  it.each([
    { url: '/mutate', after: { response: { allowed: false } } },
    { url: '/validate', after: { message: expect.stringContaining('request.kind must be') } },
  ])(
    'answers $url with HTTP 503 before it knows what decides: failurePolicy does',
    async ({ url, after }) => {
      let missing: string | undefined = 'the SidecarProfiles are not listed yet: 403: forbidden'
      const { app, results } = appWith({ unable: () => missing })
      const ask = () => app.inject({ method: 'POST', url, payload: reviewOf(asking) })
      const answer = await ask()
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toMatchObject({
        kind: 'Status',
        reason: 'ServiceUnavailable',
        message: 'this replica cannot decide yet: the SidecarProfiles are not listed yet: 403: forbidden',
      })
      expect(results).toEqual([expect.objectContaining({ refused: 'ServiceUnavailable' })])
      missing = undefined
      expect((await ask()).json()).toMatchObject(after)
    },
  )

  it('answers a bug of its own with HTTP 500', async () => {
    const { app, results } = appWith({ context: buggy })
    const answer = await app.inject({ method: 'POST', url: '/mutate', payload: reviewOf(asking) })
    expect(answer.json()).toMatchObject({ code: 500, reason: 'InternalError' })
    expect(answer.body).not.toContain('a bug"')
    expect(results).toEqual([{ failure: bug }])
  })

  it('is not ready for any of the reasons, and says all of them', async () => {
    const { app } = appWith({ readiness: [() => 'draining', () => undefined, () => 'expired'] })
    const answer = await app.inject('/readyz')
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { status: 'not ready', reasons: ['draining', 'expired'] },
    ])
    expect((await app.inject('/healthz')).statusCode).toBe(200)
  })

  it('ends a request whose answer is not read, when its place is needed', async () => {
    const closed: string[] = []
    let inFlight = () => 0
    const { app } = appWith({
      readiness: [() => 'x'.repeat(8_000_000)],
      connectionClosed: why => closed.push(why),
      bounded: (_, bytes) => {
        inFlight = bytes
      },
    })
    onTestFinished(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const [first, second] = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
        onTestFinished(() => void socket.destroy())
        socket.on('error', () => {})
        await once(socket, 'secureConnect')
        return socket
      }),
    )
    // Neither reads.
    first?.pause().write('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')
    await vi.waitFor(() => expect(inFlight()).toBeGreaterThan(8_000_000), 20_000)
    second?.pause().write('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')
    await vi.waitFor(() => expect(closed).toEqual(['slow']), 20_000)
    expect(inFlight()).toBeLessThan(9_000_000)
  })

  it('answers a review at once that would wait and holds much memory: it would end other requests', async () => {
    const { app } = appWith({
      context: () => ({ ...context, profiles: stored }),
      nextProfiles: () => new Promise(() => {}),
    })
    const payload = JSON.stringify({ ...claiming, note: 'x'.repeat(limits.waitingBytes) })
    const headers = { 'content-type': 'application/json' }
    const ask = () => app.inject({ method: 'POST', url: '/mutate', headers, payload })
    const answers = await Promise.all(Array.from({ length: 3 }, ask))
    expect(answers.map(answer => answer.json().response?.allowed)).toEqual([false, false, false])
  })

  it.each(['/healthz', '/mutate', '/nowhere'])(
    'asks whoever calls %s to go elsewhere while it drains',
    async url => {
      const method = url === '/mutate' ? 'POST' : 'GET'
      const payload = { ...(method === 'POST' && { payload: reviewOf(asking) }) }
      for (const isDraining of [false, true]) {
        const { app } = appWith({ isDraining: () => isDraining })
        const answer = await app.inject({ method, url, ...payload })
        expect(answer.headers.connection).toBe(isDraining ? 'close' : 'keep-alive')
      }
    },
  )

  describe('a Pod that was created just after', () => {
    const namespaceOf = (name: string) => ({ name, labels: {}, annotations: asking })
    const unknown = (name: string) => ({ name, labels: {}, annotations: {}, isUnknown: true as const })
    const inCluster = { ...context, profiles: stored, namespaces: () => [] }

    it.each([
      {
        what: 'its profile',
        pod: asking,
        first: { ...inCluster, profiles: context.profiles },
        then: inCluster,
      },
      {
        what: 'its Namespace, which asks for a profile',
        pod: {},
        first: { ...inCluster, namespaceOf: unknown },
        then: { ...inCluster, namespaceOf },
      },
    ])('$what gets what it asks for, as soon as this replica knows it', async ({ pod, first, then }) => {
      let now: ReviewContext = first
      const { app, results } = appWith({
        context: () => now,
        nextProfiles: async () => {
          now = then
        },
      })
      const answer = await app.inject({ method: 'POST', url: '/mutate', payload: reviewOf(pod) })
      expect(answer.json()).toMatchObject({
        response: { allowed: true, auditAnnotations: { outcome: 'injected' } },
      })
      expect(results).toHaveLength(1)
    })
  })

  it('decides once about a Pod that asks for an unknown profile, if no profile changes while it waits', async () => {
    let lookups = 0
    const profiles: typeof stored = {
      ...context.profiles,
      find: (...name) => {
        lookups++
        return context.profiles.find(...name)
      },
    }
    let ofOneReview = 0
    const { app } = appWith({
      context: () => ({ ...context, profiles, namespaces: () => [] }),
      nextProfiles: async () => {
        ofOneReview = lookups
      },
    })
    const answer = await app.inject({ method: 'POST', url: '/mutate', payload: reviewOf(asking) })
    expect(answer.json()).toMatchObject({ response: { allowed: false } })
    expect(ofOneReview).toBeGreaterThan(0)
    expect(lookups).toBe(ofOneReview)
  })

  describe('a denied Pod that claims a revision which nobody here has', () => {
    it('waits for it among a limited number: with one more, the oldest is answered', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      let asked = 0
      const { app, results } = appWith({
        context: () => ({ ...context, profiles: stored }),
        nextProfiles: () => {
          asked++
          return promise
        },
      })
      const send = () => app.inject({ method: 'POST', url: '/mutate', payload: claiming })
      const waiting = Array.from({ length: limits.waitingReviews }, send)
      await expect.poll(() => asked).toBe(limits.waitingReviews)
      const last = send()
      expect((await waiting[0])?.json()).toMatchObject({ response: { allowed: false } })
      expect([asked, results.length]).toEqual([limits.waitingReviews + 1, 1])
      resolve()
      const answers = await Promise.all([...waiting, last])
      expect(answers.every(answer => !answer.json().response.allowed)).toBe(true)
    })
  })
})
