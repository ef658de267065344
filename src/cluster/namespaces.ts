import { CoreV1Api, type KubeConfig, type V1Namespace } from '@kubernetes/client-node'
import { type Backoff, defaultBackoff, waitAfter } from './backoff.ts'
import { describeFailure } from './failure.ts'
import { watchNamespaces } from './namespace-watch.ts'

/** What a profile, a Pod's wishes and their expressions may ask of a namespace. */
export interface NamespaceMetadata {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The namespaces of a cluster, in memory. */
export interface Namespaces {
  /** What is known of a namespace; of an unknown one, its name. */
  find(name: string): NamespaceMetadata
  /** Whether all of them have been seen once. */
  isComplete(): boolean
}

/**
 * Follows the namespaces of a cluster until the signal comes: lists them, watches for changes, and lists
 * them again after whatever goes wrong; never gives up. Meanwhile the last known ones serve on.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function followNamespaces(
  config: KubeConfig,
  { failed, signal, backoff = defaultBackoff }: FollowOptions,
): Namespaces {
  const api = config.makeApiClient(CoreV1Api)
  let known = new Map<string, NamespaceMetadata>()
  let isComplete = false

  async function list(): Promise<string> {
    const listed = new Map<string, NamespaceMetadata>()
    let page = await api.listNamespace({ limit: pageSize })
    for (;;) {
      for (const namespace of page.items) enter(listed, namespace)
      const next = page.metadata?._continue
      if (!next) break
      page = await api.listNamespace({ limit: pageSize, _continue: next })
    }
    known = listed
    isComplete = true
    return page.metadata?.resourceVersion ?? ''
  }

  async function follow(): Promise<void> {
    let version: string | undefined
    let failures = 0
    while (!signal.aborted) {
      const start = Date.now()
      try {
        version ??= await list()
        version = await watchNamespaces(config, version, signal, (type, namespace) => {
          if (type === 'DELETED') known.delete(namespace.metadata?.name ?? '')
          else enter(known, namespace)
        })
        // A watch lasts for half a minute. One that ends at once would begin again at once.
        failures = Date.now() - start < shortMs ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted) return
        failures = Date.now() - start < healthyMs ? failures + 1 : 1
        version = undefined
        failed(describeFailure(error))
      }
      await waitAfter(failures, backoff, signal)
    }
  }

  void follow()
  return {
    find: name => known.get(name) ?? { name, labels: {}, annotations: {} },
    isComplete: () => isComplete,
  }
}

export interface FollowOptions {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}

const pageSize = 500
const shortMs = 1_000
// After so long, a failure is the first one again.
const healthyMs = 30_000

function enter(namespaces: Map<string, NamespaceMetadata>, { metadata = {} }: V1Namespace): void {
  const { name = '', labels = {}, annotations = {} } = metadata
  namespaces.set(name, { name, labels, annotations })
}
