import { type KubeConfig, VersionApi } from '@kubernetes/client-node'
import { type Backoff, defaultBackoff, waitAfter } from './backoff.ts'
import { describeFailure } from './failure.ts'

/**
 * The version of the cluster, as `1.34`. Asks its API server until that answers; each failure goes to
 * `failed`. undefined when the signal came first.
 */
export async function clusterVersion(
  config: KubeConfig,
  { failed, signal, backoff = defaultBackoff }: ClusterVersionOptions,
): Promise<string | undefined> {
  const api = config.makeApiClient(VersionApi)
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const { major, minor } = await api.getCode()
      // Some clouds say 34+.
      return `${major}.${Number.parseInt(minor, 10)}`
    } catch (error) {
      failed(describeFailure(error))
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
