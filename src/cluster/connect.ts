import { KubeConfig } from '@kubernetes/client-node'
import { type FollowOptions, followNamespaces, type Namespaces } from './namespaces.ts'
import { type ClusterVersionOptions, clusterVersion } from './version.ts'

/** What the server asks of its cluster. */
export interface Connection {
  version(options: ClusterVersionOptions): Promise<string | undefined>
  followNamespaces(options: FollowOptions): Namespaces
}

/** Reaches the cluster as the Pod's service account in one, otherwise as kubectl does. Asks nothing yet. */
export function connect(): Connection {
  const config = new KubeConfig()
  config.loadFromDefault()
  return {
    version: options => clusterVersion(config, options),
    followNamespaces: options => followNamespaces(config, options),
  }
}
