import type { Namespace } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { type Api, findByName, metadataOnly } from '../api/api.ts'
import type { FoundPod } from './found-pod.ts'
import { changedAt, inject } from './managed-fields.ts'

/**
 * Whether a Pod was created after somebody requested the profiles that it lacks. Older Pods were not missed: nobody
 * had requested anything for them. The API server records in `managedFields` when a field was changed last; false if this
 * time is not there. Sends one request for each namespace and profile. Throws an `ApiFailure`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function requestAges(api: Api, signal: AbortSignal) {
  const known = new Map<string, Promise<JsonObject | undefined>>()

  /** The metadata of an object. */
  function stored(path: string, name: string): Promise<JsonObject | undefined> {
    const key = `${path}/${name}`
    const reading = known.get(key) ?? read(path, name)
    known.set(key, reading)
    return reading
  }

  async function read(path: string, name: string): Promise<JsonObject | undefined> {
    const found = await findByName(api, path, name, { accept: metadataOnly.list, signal })
    return found && metadataOf(found)
  }

  async function autoInjectedSince(profile: string, namespace: string): Promise<number | undefined> {
    const found =
      (await stored(`${group}/clustersidecarprofiles`, profile)) ??
      (await stored(`${group}/namespaces/${namespace}/sidecarprofiles`, profile))
    return changedAt(found, 'f:spec', 'f:autoInject')
  }

  return async (pod: FoundPod, { annotations }: Namespace): Promise<boolean> => {
    const { createdAt, requestedAt, namespace, profiles } = pod
    if (requestedAt !== undefined) return requestedAt <= createdAt
    const enabled = await stored('/api/v1/namespaces', namespace)
    const times = [changedAt(enabled, 'f:metadata', 'f:labels', `f:${inject}`)]
    if (Object.hasOwn(annotations, inject))
      times.push(changedAt(enabled, 'f:metadata', 'f:annotations', `f:${inject}`))
    else for (const name of profiles) times.push(await autoInjectedSince(name, namespace))
    return times.every(time => time !== undefined && time + propagationMs <= createdAt)
  }
}

const group = `/apis/${apiVersion}`

/** The API server finds the labels of a namespace in its own informer, which may lag behind. */
const propagationMs = 10_000
