import { type Api, apiAt } from '../../src/cluster/api/api.ts'
import type { Address } from './connection.ts'

/** The server's own client, for an API server of the tests; by its proxy, if it is given the proxy's URL. */
export function apiFor({ url, ca, token }: Address): Api {
  return apiAt(async () => ({ server: url, options: { ca, headers: { authorization: `Bearer ${token}` } } }))
}
