import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Server } from '../../test/process/server.ts'

/** Sends one review after the other over one connection. */
export interface Client {
  /** The answer's patch, decoded; throws when there is none. */
  patchFor(review: string): Promise<string>
  close(): void
}

export function clientOf({ url }: Pick<Server, 'url'>, ca: string): Client {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
  return {
    async patchFor(review) {
      const headers = { 'content-type': 'application/json' }
      const call = request(`${url}/mutate`, { method: 'POST', agent, headers }).end(review)
      const [response] = await once(call, 'response')
      const answer = await text(response)
      const { patch } = JSON.parse(answer).response ?? {}
      if (typeof patch !== 'string') throw new Error(`no patch, but ${answer}`)
      return Buffer.from(patch, 'base64').toString()
    },
    close: () => agent.destroy(),
  }
}
