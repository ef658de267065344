import { createServer, type Server as NetServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { limits } from '../limits/limits.ts'
import { canShare } from './listen.ts'

/**
 * Opens more sockets on the port of a server as soon as it listens; `sockets` is the total. The server gets the connections
 * that they accept. Node accepts one connection per socket in each turn of its event loop. With a hundred busy
 * connections a turn takes 20 ms, and a probe of the kubelet waited for 6 s behind 300 strangers in the queue of one
 * socket. With several sockets the queues are shorter and move faster.
 *
 * The function that it returns resolves when all connections of these sockets have ended, after the server closes.
 */
export function acceptFaster(app: FastifyInstance, sockets: number = limits.acceptors): () => Promise<void> {
  const servers: NetServer[] = []
  const ends: Promise<void>[] = []
  app.addHook('onListen', async () => {
    const address = app.server.address()
    if (!canShare || address === null || typeof address === 'string') return
    const { address: host, port } = address
    const opened = Array.from({ length: sockets - 1 }, () => {
      const server = createServer(socket => app.server.emit('connection', socket))
      const { promise, resolve } = Promise.withResolvers<void>()
      // Fewer sockets are only slower.
      server.once('error', () => resolve())
      server.listen({ host, port, reusePort: true }, resolve)
      servers.push(server)
      return promise
    })
    await Promise.all(opened)
  })
  app.addHook('preClose', async () => {
    for (const server of servers) ends.push(new Promise(resolve => server.close(() => resolve())))
  })
  return async () => void (await Promise.all(ends))
}
