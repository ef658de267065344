import { once } from 'node:events'
import type { Agent } from 'node:https'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import {
  asking,
  call,
  eventually,
  keepAlive,
  mutate,
  probe,
  reviewOf,
  startServer,
  type TestServer,
} from './server.fixture.ts'

/** A call of which the server has the headers and half of the body. */
async function halfACall(server: TestServer, agent: Agent) {
  const body = JSON.stringify(reviewOf(asking))
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    method: 'POST',
    path: '/mutate',
    headers,
    agent,
  })
  const answered = once(sent, 'response')
  sent.write(body.slice(0, 100))
  await once(sent, 'socket')
  return {
    async finish() {
      sent.end(body.slice(100))
      const [response] = await answered
      return {
        status: response.statusCode,
        connection: response.headers.connection,
        body: await json(response),
      }
    },
  }
}

describe('a server that is told to stop', () => {
  it('is not ready at once, and serves on for the drain delay', async () => {
    const server = await startServer({ drainDelayMs: '2000' })
    const stopped = server.stop()
    expect(await call(server, { method: 'GET', path: '/readyz' })).toMatchObject({
      status: 503,
      body: { reasons: ['draining'] },
    })
    expect(await call(server, { method: 'GET', path: '/healthz' })).toMatchObject({ status: 200 })
    expect((await probe(server, '/readyz')).status).toBe(503)
    expect((await probe(server, '/healthz')).status).toBe(200)
    const agent = keepAlive(server.ca)
    const answers = await Promise.all([1, 2, 3].map(() => mutate(server, reviewOf(asking), agent)))
    expect(answers).toMatchObject(answers.map(() => ({ status: 200, headers: { connection: 'close' } })))
    await stopped
  })

  it('answers the calls it has, and takes no more', async () => {
    const server = await startServer()
    const calls = await Promise.all(Array.from({ length: 5 }, () => halfACall(server, keepAlive(server.ca))))
    await eventually(async () =>
      expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 200 }),
    )
    const stopped = server.stop()
    await eventually(() => expect(mutate(server, reviewOf(asking))).rejects.toThrow('ECONNREFUSED'))
    const answers = await Promise.all(calls.map(({ finish }) => finish()))
    expect(answers).toMatchObject(
      answers.map(() => ({ status: 200, connection: 'close', body: { response: { uid: 'u1' } } })),
    )
    await stopped
  })

  it('does not wait for a connection on which nothing happens', async () => {
    const server = await startServer()
    const agent = keepAlive(server.ca)
    await mutate(server, reviewOf(asking), agent)
    await server.stop()
    await eventually(() => expect(Object.keys(agent.freeSockets)).toEqual([]))
  })
})
