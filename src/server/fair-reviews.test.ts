import type { Agent } from 'node:https'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReviewContext } from '../admission/review.ts'
import { limits } from '../limits/limits.ts'
import { collect } from '../profile/accept/profiles.ts'
import { createApp, type Parts } from './app.ts'
import { createFairTurns } from './fair-turns.ts'
import { listen } from './listen.ts'
import type { RequestResult } from './review-telemetry.ts'
import { call, eventually, issueForLoopback, keepAlive, reviewOf } from './server.fixture.ts'

/** What one review of the hostile namespace costs, by the clock of the turns: each puts it into debt. */
const dearMs = limits.debtMs * 2

describe('reviews of a namespace that uses much time', () => {
  it.each(['/mutate', '/validate'])(
    'let those of others pass after one of them, or two: 12 callers at %s',
    async path => {
      const { ask, reviewed } = await fairServer()
      const [callers, other] = [await ask.connect(12), await ask.connect(1)]
      const answered: string[] = []
      const hostile = [1, 2].flatMap(() =>
        callers.map(agent => ask('hostile', { agent, path }).then(() => answered.push('hostile'))),
      )
      let asked = 0
      while (answered.length < hostile.length) {
        const before = reviewed.filter(name => name === 'hostile').length
        await ask('shop', { agent: other[0] as Agent })
        const until = reviewed.lastIndexOf('shop')
        const between = reviewed.slice(0, until).filter(name => name === 'hostile').length - before
        // One may be under way, and one may run while the bytes arrive.
        expect(between).toBeLessThanOrEqual(2)
        asked++
      }
      await Promise.all(hostile)
      expect(asked).toBeGreaterThan(5)
    },
  )

  it('are not made when their callers go, and those are accounted for', async () => {
    const { ask, reviewed, results, turn } = await fairServer({ byHand: true })
    const [first, leaving, staying] = await ask.connect(3)
    await ask('hostile', { agent: first as Agent })
    const left = ask('hostile', { agent: leaving as Agent }).catch(() => 'left')
    const stayed = ask('hostile', { agent: staying as Agent })
    await eventually(() => expect(turn.deferred()).toBe(2))
    leaving?.destroy()
    expect(await left).toBe('left')
    await eventually(() =>
      expect(results.at(-1)).toMatchObject({
        refused: 'ServiceUnavailable',
        message: 'the connection was closed before the review was made',
      }),
    )
    turn.next()
    expect((await stayed).status).toBe(200)
    expect(reviewed.filter(name => name === 'hostile')).toHaveLength(2)
  })

  it('hold their bytes while they wait, and the largest is refused when its place is needed', async () => {
    const { ask, reviewed, turn } = await fairServer({ byHand: true })
    const agents = await ask.connect(4)
    await ask('hostile', { agent: agents[0] as Agent })
    const note = 'x'.repeat(3_000_000)
    const [large, small] = [
      ask('hostile', { agent: agents[1] as Agent, note: `${note}x` }),
      ask('hostile', { agent: agents[2] as Agent, note }),
    ]
    await eventually(() => expect(turn.deferred()).toBe(2))
    const last = ask('hostile', { agent: agents[3] as Agent, note })
    expect(await large).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } })
    await eventually(() => expect(turn.deferred()).toBe(3))
    turn.next()
    turn.next()
    expect([(await small).status, (await last).status]).toEqual([200, 200])
    expect(reviewed.filter(name => name === 'hostile')).toHaveLength(3)
  })

  it('are not parsed before their turn', async () => {
    const { ask, turn } = await fairServer({ byHand: true })
    const agents = await ask.connect(2)
    await ask('hostile', { agent: agents[0] as Agent })
    let isAnswered = false
    const cutOff = ask('hostile', { agent: agents[1] as Agent, without: '}' }).finally(() => {
      isAnswered = true
    })
    await eventually(() => expect(turn.deferred()).toBe(1))
    await ask('shop', { agent: agents[0] as Agent })
    expect(isAnswered).toBe(false)
    turn.next()
    expect(await cutOff).toMatchObject({ status: 400, body: { message: 'the body is not valid JSON' } })
  })

  it('are refused when they waited for longer than an API server waits', async () => {
    const { ask, turn } = await fairServer({ byHand: true })
    const [first, late] = await ask.connect(2)
    await ask('hostile', { agent: first as Agent })
    const waiting = ask('hostile', { agent: late as Agent })
    await eventually(() => expect(turn.deferred()).toBe(1))
    turn.pass(limits.deferredMs + 1)
    turn.next()
    expect(await waiting).toMatchObject({
      status: 503,
      body: { message: 'other reviews of this namespace took so much time that this one waited for 10 s' },
    })
  })

  it('are answered with HTTP 500 when they meet a bug, and the next ones are made', async () => {
    let isBuggy = false
    const { ask, results } = await fairServer({
      met() {
        if (isBuggy) throw new Error('a bug')
      },
    })
    const [agent] = await ask.connect(1)
    await ask('hostile', { agent: agent as Agent })
    isBuggy = true
    expect((await ask('hostile', { agent: agent as Agent })).status).toBe(500)
    expect(results.at(-1)).toMatchObject({ failure: new Error('a bug') })
    isBuggy = false
    expect((await ask('hostile', { agent: agent as Agent })).status).toBe(200)
  })
})

/** A server whose clock moves by what the hostile namespace asks for, and whose turns may be taken by hand. */
async function fairServer({ byHand = false, met = () => {} }: { byHand?: boolean; met?: () => void } = {}) {
  const { cert, key, ca } = await issueForLoopback()
  const reviewed: string[] = []
  const results: RequestResult[] = []
  let clock = 0
  let deferred = 0
  let next = () => {}
  const turns = createFairTurns({
    now: () => clock,
    nextTurn: byHand
      ? turn => {
          next = turn
        }
      : setImmediate,
    later: setImmediate,
    deferred: () => deferred++,
  })
  const { profiles } = collect([])
  const parts: Parts = {
    pair: { cert: Buffer.from(cert), key: Buffer.from(key), expiresAt: new Date() },
    context() {
      met()
      return { profiles, cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set() }, namespaceOf }
    },
    nextProfiles: async () => {},
    readiness: [],
    isDraining: () => false,
    account: result => results.push(result),
    turns,
  }
  const namespaceOf: ReviewContext['namespaceOf'] = name => {
    reviewed.push(name)
    if (name === 'hostile') clock += dearMs
    return { name, labels: {}, annotations: {} }
  }
  const app = createApp(parts)
  onTestFinished(() => app.close())
  const listening = await listen(app, '127.0.0.1', 0)
  if ('problem' in listening) throw new Error(listening.problem)
  const { port } = listening
  interface Asking {
    readonly agent: Agent
    readonly path?: string
    readonly note?: string
    /** What is missing at the end of the body. */
    readonly without?: string
  }
  const ask = (namespace: string, { agent, path = '/mutate', note = '', without = '' }: Asking) => {
    const body = JSON.stringify({
      ...(path === '/mutate' ? reviewOf({}, { namespace }) : profileReviewOf(namespace)),
      note,
    })
    return call({ port, ca }, { path, body: body.slice(0, body.length - without.length), agent })
  }
  return {
    reviewed,
    results,
    ask: Object.assign(ask, {
      /** Connections on which one request was answered already: their handshakes are over. */
      async connect(count: number): Promise<readonly Agent[]> {
        const agents = Array.from({ length: count }, () => keepAlive(ca))
        for (const agent of agents) await ask('warm', { agent })
        return agents
      },
    }),
    turn: {
      deferred: () => deferred,
      next: () => next(),
      pass(ms: number) {
        clock += ms
      },
    },
  }
}

function profileReviewOf(namespace: string): object {
  const spec = { containers: [{ name: 'side', image: 'side:1' }] }
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u3',
      kind: { group: 'pillion.dev', version: 'v1alpha1', kind: 'SidecarProfile' },
      operation: 'CREATE',
      namespace,
      object: {
        apiVersion: 'pillion.dev/v1alpha1',
        kind: 'SidecarProfile',
        metadata: { name: 'side', namespace },
        spec,
      },
    },
  }
}
