import { readFileSync } from 'node:fs'
import { KubeConfig } from '@kubernetes/client-node'

/**
 * The namespace that commands mean when they name none: that of a context of the kubeconfig, of its current one
 * when none is named, and in a Pod the Pod's own. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function namespaceOfContext(context?: string): string {
  const config = new KubeConfig()
  config.loadFromDefault()
  const { namespace } = config.getContextObject(context ?? config.getCurrentContext()) ?? {}
  return namespace ?? ownNamespace() ?? 'default'
}

function ownNamespace(): string | undefined {
  try {
    return readFileSync(serviceAccountNamespace, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'
