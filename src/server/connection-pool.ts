import type { Socket } from 'node:net'
import { createHoldings } from './holdings.ts'

export type Pool = ReturnType<typeof createPool>

/** A limited number of connections. `admit` adds one, and returns the one to close if there were too many. */
export function createPool(most: number) {
  const held = createHoldings<Socket>()
  return {
    count: held.count,
    delete: held.delete,
    admit(socket: Socket): Socket | undefined {
      const closing = held.count() < most ? undefined : held.mostDispensable()
      if (closing) held.delete(closing)
      held.add(socket, socket.remoteAddress ?? '', 1)
      return closing
    },
  }
}
