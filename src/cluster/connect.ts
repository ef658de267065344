import { defaultAccess } from './access.ts'
import { type Api, apiAt } from './api.ts'
import { followNamespaces, type Namespaces } from './namespaces.ts'
import { type ClusterVersionOptions, clusterVersion } from './version.ts'

/** What the server asks of its cluster. */
export interface Connection {
  version(options: ClusterVersionOptions): Promise<string | undefined>
  followNamespaces(options: Parameters<typeof followNamespaces>[1]): Namespaces
}

/** Reaches the cluster as the Pod's service account in one, otherwise as kubectl does. Asks nothing yet. */
export function connect(): Connection {
  const api = apiOfContext()
  return {
    version: options => clusterVersion(api, options),
    followNamespaces: options => followNamespaces(api, options),
  }
}

/** The API server of a context of the kubeconfig, of the current one when none is named. */
export function apiOfContext(context?: string): Api {
  return apiAt(defaultAccess(context))
}
