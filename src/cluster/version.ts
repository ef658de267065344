import type { JsonObject } from '../json/json.ts'
import { type Api, succeeded } from './api/api.ts'
import { type RetryOptions, retry } from './api/backoff.ts'

/** The version of the cluster, as `1.34`; asked for until the API server answers. undefined when the signal aborts first. */
export function clusterVersion(api: Api, options: RetryOptions): Promise<string | undefined> {
  return retry('/version', options, async () =>
    versionIn(succeeded(await api.request('GET', '/version', { signal: options.signal }))),
  )
}

/** Some clouds write the minor version as `34+`. */
function versionIn({ major, minor }: JsonObject): string {
  const [version] = /^\d+\.\d+/.exec(`${major}.${minor}`) ?? []
  if (version === undefined) throw new Error('the response has no version')
  return version
}
