import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createPeers } from './peers.ts'

const from = (remoteAddress: string | undefined) => ({ remoteAddress }) as Socket

describe('createPeers', () => {
  it('finds the oldest connection of the address that has the most', () => {
    const peers = createPeers()
    const apiServer = [from('10.0.0.1'), from('10.0.0.1')]
    const pod = [from('10.1.7.9'), from('10.1.7.9'), from('10.1.7.9')]
    for (const socket of [...apiServer, ...pod]) peers.add(socket)
    expect(peers.mostDispensable()).toBe(pod[0])
    peers.delete(pod[0] as Socket)
    peers.delete(pod[1] as Socket)
    expect(peers.mostDispensable()).toBe(apiServer[0])
    expect(peers.size()).toBe(3)
  })

  it('forgets a connection whose address is gone', () => {
    const peers = createPeers()
    const socket = { remoteAddress: '10.0.0.1' }
    peers.add(socket as Socket)
    Object.assign(socket, { remoteAddress: undefined })
    peers.delete(socket as Socket)
    expect([peers.size(), peers.mostDispensable()]).toEqual([0, undefined])
  })
})
