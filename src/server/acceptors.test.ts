import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acceptFaster } from './acceptors.ts'
import { canShare, listen } from './listen.ts'

describe('acceptFaster', () => {
  it.each([
    { isShared: canShare, atLeast: canShare ? 2 : 1 },
    // Without it Node accepts one, and the server works all the same.
    { isShared: false, atLeast: 1 },
  ])('accepts $atLeast or more connections in a turn when the port is shared: $isShared', async expected => {
    const app = fastify()
    acceptFaster(app)
    onTestFinished(() => app.close())
    const listening = await listen(app, '127.0.0.1', 0, expected)
    if ('problem' in listening) throw new Error(listening.problem)
    let accepted = 0
    app.server.on('connection', () => accepted++)
    const sockets = Array.from({ length: 200 }, () =>
      connect(listening.port, '127.0.0.1').on('error', () => {}),
    )
    onTestFinished(() => sockets.forEach(socket => void socket.destroy()))
    let most = 0
    for (let total = 0; total < 200; total += accepted) {
      accepted = 0
      await new Promise(setImmediate)
      most = Math.max(most, accepted)
    }
    expect(most).toBeGreaterThanOrEqual(expected.atLeast)
    if (!expected.isShared) expect(most).toBe(1)
  })

  it('does not share a port that somebody else has', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const app = fastify()
    acceptFaster(app)
    const first = fastify()
    acceptFaster(first)
    onTestFinished(async () => void (await Promise.all([first.close(), app.close()])))
    const shared = await listen(first, '127.0.0.1', 0)
    if ('problem' in shared) throw new Error(shared.problem)
    for (const taken of [port, shared.port]) {
      expect(await listen(app, '127.0.0.1', taken)).toEqual({
        problem: expect.stringContaining(`cannot listen on port ${taken} of 127.0.0.1`),
      })
    }
  })
})
