import { connect } from '../test/apiserver/connection.ts'
import type { Server } from '../test/process/server.ts'

/** Sends reviews to a webhook, one after the other, over one connection. */
interface Client {
  /** The patch of the answer; throws when there is none. */
  patchFor(review: string): Promise<string>
  close(): void
}

export function clientOf({ url }: Pick<Server, 'url'>, ca: string): Client {
  const { request, close } = connect({ url, ca, token: '' })
  return {
    async patchFor(review) {
      const { body } = await request<{ response?: { patch?: string } }>('POST', '/mutate', review)
      const patch = body.response?.patch
      if (patch === undefined) throw new Error(`no patch: ${JSON.stringify(body)}`)
      return Buffer.from(patch, 'base64').toString()
    },
    close,
  }
}
