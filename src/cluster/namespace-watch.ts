import { type KubeConfig, type V1Namespace, Watch } from '@kubernetes/client-node'

/**
 * Watches the namespaces from a resource version on. Resolves to the version it got to when the API
 * server ends the watch in good order, as it is asked to twice a minute, or the signal comes; rejects on
 * everything else, among it that the version is too old (410).
 */
export async function watchNamespaces(
  config: KubeConfig,
  resourceVersion: string,
  signal: AbortSignal,
  changed: (type: string, namespace: V1Namespace) => void,
): Promise<string> {
  const watch = new Watch(config)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let latest = resourceVersion
  let refused: Error | undefined
  const controller = await watch.watch(
    '/api/v1/namespaces',
    { resourceVersion, allowWatchBookmarks: true, timeoutSeconds: lifetimeSeconds() },
    (type: string, object: V1Namespace & { readonly code?: number; readonly message?: string }) => {
      if (type === 'ERROR') {
        refused = new Error(`the watch of namespaces ended with ${object.code}: ${object.message}`)
        return reject(refused)
      }
      latest = object.metadata?.resourceVersion ?? latest
      if (type !== 'BOOKMARK') changed(type, object)
    },
    (error: unknown) => (error && !signal.aborted ? reject(error) : resolve(latest)),
  )
  const abort = () => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', abort)
    abort()
  }
}

/**
 * Under half a minute, because the client breaks off after so much silence: in this way only silence of a
 * dead connection is a failure. Spread, so that not all watches end at once.
 */
function lifetimeSeconds(): number {
  return 20 + Math.floor(Math.random() * 8)
}
