import { once } from 'node:events'
import { Agent, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readBodies } from './body.ts'
import type { InFlight } from './in-flight.ts'

describe('a request whose place is needed', () => {
  it('keeps its connection when it was answered: the next request may be on it already', async () => {
    const cuts: (() => void)[] = []
    const inFlight: InFlight = {
      hold(_, cut) {
        cuts.push(cut)
        return { add: () => true, claim: () => true, release: () => {} }
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
