import type { Socket } from 'node:net'

/** Connections by the address of their peers, in the order in which they came. */
export interface Peers {
  readonly size: () => number
  add(socket: Socket): void
  delete(socket: Socket): void
  /** Of the address that has the most connections, the one that came first. */
  mostDispensable(): Socket | undefined
}

/**
 * Connections among which the one to close can be found. It is the oldest of the address that has the most: a Pod that
 * opens hundreds pushes out its own, and not those of the API server, which has another address.
 */
export function createPeers(): Peers {
  const byAddress = new Map<string, Set<Socket>>()
  // A socket that is closed does not know its peer any more.
  const addresses = new Map<Socket, string>()
  return {
    size: () => addresses.size,
    add(socket) {
      const address = socket.remoteAddress ?? ''
      addresses.set(socket, address)
      const sockets = byAddress.get(address)
      if (sockets) sockets.add(socket)
      else byAddress.set(address, new Set([socket]))
    },
    delete(socket) {
      const address = addresses.get(socket)
      if (address === undefined) return
      addresses.delete(socket)
      const sockets = byAddress.get(address)
      sockets?.delete(socket)
      if (sockets?.size === 0) byAddress.delete(address)
    },
    mostDispensable() {
      let most: ReadonlySet<Socket> = new Set()
      for (const sockets of byAddress.values()) if (sockets.size > most.size) most = sockets
      const [oldest] = most
      return oldest
    },
  }
}
