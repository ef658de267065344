import { once } from 'node:events'
import { Agent, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { namespaceIn, readBodies } from './body.ts'
import type { InFlight } from './in-flight.ts'
import { asking, reviewOf } from './server.fixture.ts'

describe('a request whose place is needed', () => {
  it('keeps its connection when it was answered: the next request may be on it already', async () => {
    const cuts: (() => void)[] = []
    const inFlight: InFlight = {
      hold(_, cut) {
        cuts.push(cut)
        return { add: () => true, claim: () => true, bytes: () => 0, release: () => {} }
      },
      bytes: () => 0,
    }
    let slow = 0
    const app = fastify()
    onTestFinished(() => app.close())
    readBodies(app, inFlight, () => void slow++)
    const sockets = new Set<unknown>()
    app.post('/', (request, reply) => {
      sockets.add(request.raw.socket)
      return reply.send({})
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const ask = async () => {
      const headers = { 'content-type': 'application/json' }
      const asking = send({ host: '127.0.0.1', port, method: 'POST', agent, headers })
      asking.end('{}')
      const [answer] = (await once(asking, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
      return answer.statusCode
    }

    expect(await ask()).toBe(200)
    for (const cut of cuts) cut()
    expect(await ask()).toBe(200)
    expect([sockets.size, slow]).toEqual([1, 0])
  })
})

describe('the namespace of a body that was not parsed', () => {
  const bytesOf = (review: object) => Buffer.from(JSON.stringify(review))

  it.each([
    { what: 'as the API server writes it', body: bytesOf(reviewOf(asking)), namespace: 'shop' },
    {
      what: 'whatever the name before it looks like',
      body: bytesOf({ request: { name: '","namespace":"others', namespace: 'shop' } }),
      namespace: 'shop',
    },
    {
      what: 'behind a long name',
      body: bytesOf({ request: { name: 'x'.repeat(100_000), namespace: 'shop' } }),
      namespace: 'shop',
    },
    {
      what: 'one for all that no namespace can have',
      body: bytesOf({ request: { namespace: 'x'.repeat(64) } }),
      namespace: '',
    },
    {
      what: 'none of a cluster profile',
      body: bytesOf({ request: { name: 'logging' } }),
      namespace: undefined,
    },
    { what: 'none of no body', body: undefined, namespace: undefined },
  ])('is $namespace: $what', ({ body, namespace }) => {
    expect(namespaceIn(body)).toBe(namespace)
  })
})
