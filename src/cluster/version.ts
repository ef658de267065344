import { type Api, describeError, succeeded } from './api.ts'
import { type Backoff, defaultBackoff, waitAfter } from './backoff.ts'

/**
 * The version of the cluster, as `1.34`. Asks its API server until that answers; each failure goes to
 * `failed`. undefined when the signal came first.
 */
export async function clusterVersion(
  api: Api,
  { failed, signal, backoff = defaultBackoff }: ClusterVersionOptions,
): Promise<string | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const { major, minor } = succeeded(await api.request('GET', '/version'))
      // Some clouds say 34+.
      return `${major}.${Number.parseInt(String(minor), 10)}`
    } catch (error) {
      failed(describeError(error))
      await waitAfter(failures, backoff, signal)
    }
  }
  return undefined
}

export interface ClusterVersionOptions {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}
