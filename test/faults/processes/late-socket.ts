import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A Unix socket in front of another one. What that one answers arrives later by `lag`, from its first call on. */
export async function startLateSocket(path: string, target: string) {
  let lateMs = 0
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    const other = connect(target)
    for (const [one, peer] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one)
      one
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(one)
          peer.destroy()
        })
    }
    socket.on('data', piece => other.write(piece))
    other.on('data', piece => {
      if (lateMs === 0) socket.write(piece)
      // Timers of the same delay keep their order.
      else setTimeout(() => socket.write(piece), lateMs)
    })
  })
  await once(server.listen(path), 'listening')
  return {
    lag(ms: number) {
      lateMs = ms
    },
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
