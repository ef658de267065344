import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { until } from './until.ts'

/** One address for several replicas: each connection goes to the next replica. Each byte takes `networkMs`. */
export async function startBalancer(networkMs = 0) {
  const ports: number[] = []
  const sockets = new Set<Socket>()
  const targets = new Map<Socket, number>()
  let turn = 0
  // Without a delay: a Service adds none.
  const server = createServer({ noDelay: true }, socket => {
    turn += 1
    const port = ports[turn % ports.length] ?? 0
    const target = connect({ port, host: '127.0.0.1', noDelay: true })
    targets.set(target, port)
    target.on('close', () => targets.delete(target))
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one))
      if (networkMs === 0) one.pipe(other)
      // Timers of the same delay keep their order.
      else
        one
          .on('data', piece => setTimeout(() => other.write(piece), networkMs))
          .on('end', () => setTimeout(() => other.end(), networkMs))
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    add: (port: number) => void ports.push(port),
    /** Resolves when nobody is connected there any more, or after two seconds, as a Pod's drain delay ends. */
    async remove(port: number): Promise<void> {
      ports.splice(ports.indexOf(port), 1)
      const isFree = async () => ![...targets.values()].includes(port)
      await until('nobody is connected', 2_000, isFree).catch(() => {})
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
