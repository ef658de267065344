import { KubeConfig } from '@kubernetes/client-node'
import { type Api, apiOf } from '../../src/cluster/api.ts'
import type { Address } from './connection.ts'

/** The server's own client, for an API server of the tests; by its proxy, if it is given the proxy's URL. */
export function apiFor({ url, ca, token }: Address): Api {
  const config = new KubeConfig()
  const caData = Buffer.from(ca).toString('base64')
  const cluster = { name: 'test', server: url, skipTLSVerify: false, caData }
  config.loadFromClusterAndUser(cluster, { name: 'admin', token })
  return apiOf(config)
}
