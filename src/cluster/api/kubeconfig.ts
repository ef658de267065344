// By name and not by `import()` of the package: a bundle then holds a third of it.

import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import type { Access } from './http.ts'

/** That of a context of the kubeconfig, of its current one when none is named. */
export function contextAccess(context: string | undefined): Access {
  const config = new KubeConfig()
  config.loadFromDefault()
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name)
    if (!names.includes(context)) {
      throw new Error(`the kubeconfig has no context ${JSON.stringify(context)}; it has ${names.join(', ')}`)
    }
    config.setCurrentContext(context)
  }
  return kubeconfigAccess(config)
}

/** That of a kubeconfig's current context, for every kind of user the library knows. */
export function kubeconfigAccess(config: KubeConfig): Access {
  return async () => {
    const cluster = config.getCurrentCluster()
    if (!cluster) throw new Error('the kubeconfig names no cluster')
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    // Its agents keep the certificates of the first request, and no connection: only those of a proxy are used.
    const { agent, ...rest } = options
    return { server: cluster.server, options: cluster.proxyUrl && agent ? options : rest }
  }
}
