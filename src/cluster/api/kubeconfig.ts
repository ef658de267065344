// A module of its own with named imports: so a bundle holds only a third of the package.

import { existsSync, readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { fileProblem } from '../../problems/file-problem.ts'
import { accessSource, type ClusterChoice, serviceAccountDirectory } from './access-source.ts'
import type { Access } from './http.ts'

/** The context that requests use, or why no context is selected. */
type SelectedContext =
  | {
      /** Absent in a Pod. */
      readonly name?: string
      /** The default namespace of a command: the namespace of the context, or in a Pod that of the Pod. */
      readonly namespace: string
    }
  | { readonly none: string }

/**
 * The context that a choice selects, by default the current one; in a Pod without a kubeconfig, the Pod's own cluster.
 * Throws when the kubeconfig cannot be read, or does not have the context.
 */
export function selectedContext(choice: ClusterChoice): SelectedContext {
  const source = accessSource(choice)
  if (source === 'pod') return { namespace: ownNamespace() ?? 'default' }
  if (source === undefined) return { none: noKubeconfig }
  const config = kubeconfigOf(source)
  const names = contextNames(config)
  const name = choice.context ?? config.getCurrentContext()
  if (!name) {
    const few =
      names.length > 0
        ? ` selects no context: --context selects one of ${names.join(', ')}`
        : ' has no context'
    return { none: `the kubeconfig ${source.join(', ')}${few}` }
  }
  const context = config.getContextObject(name)
  if (!context) throw new Error(unknownContext(name, names))
  return { name, namespace: context.namespace ?? ownNamespace() ?? 'default' }
}

/** The names of the contexts in the kubeconfig; none without a kubeconfig. Throws when it cannot be read. */
export function contextsOf(choice: ClusterChoice): readonly string[] {
  const source = accessSource(choice)
  return Array.isArray(source) ? contextNames(kubeconfigOf(source)) : []
}

/** The access of a context of the kubeconfig. Default: its current context. */
export function contextAccess(choice: ClusterChoice): Access {
  const source = accessSource(choice)
  if (source === undefined || source === 'pod') throw new Error(noKubeconfig)
  const config = kubeconfigOf(source)
  const { context } = choice
  if (context !== undefined) {
    if (!config.getContextObject(context)) throw new Error(unknownContext(context, contextNames(config)))
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

const noKubeconfig = 'no kubeconfig was found: KUBECONFIG is not set, and there is no ~/.kube/config'

function unknownContext(name: string, names: readonly string[]): string {
  return `the kubeconfig has no context ${JSON.stringify(name)}; it has ${names.join(', ') || 'none'}`
}

function contextNames(config: KubeConfig): readonly string[] {
  return config.getContexts().map(({ name }) => name)
}

/**
 * The files as one kubeconfig: the first file that has a name wins, as in kubectl. One of several files may be missing.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
function kubeconfigOf(files: readonly string[]): KubeConfig {
  const existing = files.filter(existsSync)
  const all = (existing.length > 0 ? existing : files).map(configIn)
  const merged = new KubeConfig()
  merged.loadFromOptions({
    clusters: firstOfEach(all.flatMap(config => config.getClusters())),
    users: firstOfEach(all.flatMap(config => config.getUsers())),
    contexts: firstOfEach(all.flatMap(config => config.getContexts())),
    currentContext: all.map(config => config.getCurrentContext()).find(Boolean),
  })
  return merged
}

function configIn(file: string): KubeConfig {
  const config = new KubeConfig()
  try {
    // The library fails at an empty file, which kubectl reads as an empty kubeconfig.
    if (readFileSync(file, 'utf8').trim() !== '') config.loadFromFile(file)
  } catch (error) {
    throw new Error(`the kubeconfig cannot be read: ${file}: ${fileProblem(error)}`)
  }
  return config
}

function firstOfEach<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return [...new Map(all.toReversed().map(each => [each.name, each])).values()].toReversed()
}

function ownNamespace(): string | undefined {
  try {
    return readFileSync(join(serviceAccountDirectory, 'namespace'), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
