import { type Api, ApiFailure } from '../api/api.ts'
import type { FailedResponse } from '../api/response.ts'
import { timed } from '../certificate/server-clock.ts'

/**
 * The API server as long as this replica leads: before each request this is checked, because another leader may act already.
 * `now` is the time of the API server's clock, in milliseconds since 1970, as its responses show it.
 */
export function leadingApi(
  api: Api,
  isLeader: () => boolean,
): { readonly api: Api; readonly now: () => number } {
  const { api: asked, now } = timed(api)
  return {
    now,
    api: {
      async request(method, path, call) {
        if (!isLeader()) return resigned
        return asked.request(method, path, call)
      },
      async *pages(path, call) {
        if (!isLeader()) throw new ApiFailure(resigned)
        for await (const page of api.pages(path, call)) {
          yield page
          if (!isLeader()) throw new ApiFailure(resigned)
        }
      },
      watch: api.watch,
    },
  }
}

const resigned: FailedResponse = { ok: false, status: 0, message: 'this replica no longer leads' }
