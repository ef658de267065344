import type { Socket } from 'node:net'

/** Connections, grouped by the address of the peer, the oldest first. */
export interface Peers {
  readonly size: () => number
  add(socket: Socket): void
  delete(socket: Socket): void
  /** The oldest connection of the address that has the most. */
  mostDispensable(): Socket | undefined
}

/**
 * A collection of connections that finds the one to close under overload. A Pod that opens hundreds loses its own
 * connections, and the API server, which has another address, keeps its connections.
 */
export function createPeers(): Peers {
  const byAddress = new Map<string, Set<Socket>>()
  // A closed socket has no remoteAddress.
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
