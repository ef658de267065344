import { EventEmitter } from 'node:events'
import type { Server } from 'node:https'
import { describe, expect, it } from 'vitest'
import { boundConnections } from './connections.ts'

describe('a second request on a connection', () => {
  it.each([
    { when: 'before the answer to the first', isAnswered: false, closed: ['pipelining'] },
    {
      when: 'when its caller has that answer, of which Node still waits for the end',
      isAnswered: true,
      closed: [],
    },
  ])('$when: closed for $closed', ({ isAnswered, closed }) => {
    const { connections, request, closedFor } = serverWithOne()
    const first = request()
    first.writableEnded = isAnswered
    const second = request()
    expect(closedFor).toEqual(closed)
    if (!isAnswered) return
    // The end of the first is none of the second.
    first.emit('close')
    expect([connections.count('open'), connections.count('idle')]).toEqual([1, 0])
    second.emit('close')
    expect([connections.count('open'), connections.count('idle')]).toEqual([0, 1])
  })
})

function serverWithOne() {
  const server = new EventEmitter()
  const closedFor: string[] = []
  const connections = boundConnections(server as Server, {
    isStranger: () => false,
    closed: why => closedFor.push(why),
  })
  const socket = Object.assign(new EventEmitter(), { destroyed: false, destroy() {} })
  const request = () => {
    const response = Object.assign(new EventEmitter(), { writableEnded: false })
    server.emit('request', { socket }, response)
    return response
  }
  return { connections, request, closedFor }
}
