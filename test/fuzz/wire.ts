import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { Replica } from './replica.ts'
import type { Step } from './step.ts'

type Wire = Extract<Step, { do: 'wire' }>

/** What a replica sends to who writes these pieces: until it closes, has given all answers, or nothing more comes. */
export async function write({ pieces, pauseMs, answers }: Wire, { address }: Replica): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: address.port, ca: address.ca })
  let received = ''
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text
    if (count(received) >= answers && received.endsWith('}')) end()
  })
  socket.on('error', () => end()).on('close', () => end())
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  await Promise.race([over, sleep(patienceMs)])
  socket.destroy()
  return received
}

/** How many answers a text holds. */
export const count = (received: string) => received.split('HTTP/1.1 ').length - 1

const patienceMs = 500
