import type { JsonObject } from '../json/json.ts'
import { type Api, describeError, succeeded } from './api/api.ts'
import { askedToWait, type Backoff, defaultBackoff, waitAfter } from './api/backoff.ts'

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
      return versionIn(succeeded(await api.request('GET', '/version', { signal })))
    } catch (error) {
      if (signal.aborted) return undefined
      failed(`/version: ${describeError(error)}`)
      await waitAfter(failures, backoff, signal, askedToWait(error))
    }
  }
  return undefined
}

export interface ClusterVersionOptions {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}

/** Some clouds say that the minor is 34+. */
function versionIn({ major, minor }: JsonObject): string {
  const [version] = /^\d+\.\d+/.exec(`${major}.${minor}`) ?? []
  if (version === undefined) throw new Error('the answer names no version')
  return version
}
