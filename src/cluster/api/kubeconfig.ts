// A module of its own with named imports: so a bundle holds only a third of the package.

import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import type { Access } from './http.ts'

/** The access of a context of the kubeconfig. Default: its current context. */
export function contextAccess(context: string | undefined): Access {
  const config = defaultKubeconfig()
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name)
    if (!names.includes(context)) {
      throw new Error(`the kubeconfig has no context ${JSON.stringify(context)}; it has ${names.join(', ')}`)
    }
    config.setCurrentContext(context)
  }
  return kubeconfigAccess(config)
}

/** The access of a kubeconfig's current context, for every type of user that the library knows. */
export function kubeconfigAccess(config: KubeConfig): Access {
  return async () => {
    const cluster = config.getCurrentCluster()
    if (!cluster) throw new Error('the kubeconfig names no cluster')
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    // Its agents keep the certificates of the first request, but no connection: only a proxy's agent is used.
    const { agent, ...rest } = options
    return { server: cluster.server, options: cluster.proxyUrl && agent ? options : rest }
  }
}

/**
 * The namespace of a command that names none: that of the context (default: the current one), or in a Pod the Pod's own.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function namespaceOfContext(context?: string): string {
  const config = defaultKubeconfig()
  const { namespace } = config.getContextObject(context ?? config.getCurrentContext()) ?? {}
  return namespace ?? ownNamespace() ?? 'default'
}

function defaultKubeconfig(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromDefault()
  return config
}

function ownNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
