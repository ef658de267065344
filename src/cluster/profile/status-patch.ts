import { type JsonObject, metadataOf } from '../../json/json.ts'
import { apiVersion, type Kind } from '../../profile/schema/schema.ts'

/**
 * A request that replaces the status of a profile. The answer is a conflict if another version of the profile is stored. It
 * is a JSON Patch, because a merge patch would mix the old `lastAccepted` with the new one.
 */
export function replacing(object: JsonObject, status: JsonObject) {
  return {
    query: { fieldManager: 'pillion' },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/resourceVersion', value: metadataOf(object)['resourceVersion'] },
      { op: 'add', path: '/status', value: status },
    ],
  }
}

/** The API path of the status of a profile. */
export function statusPathOf(object: JsonObject): string {
  const { namespace, name } = metadataOf(object)
  const kind = namespace === undefined ? 'clustersidecarprofiles' : `namespaces/${namespace}/sidecarprofiles`
  return `/apis/${apiVersion}/${kind}/${name}/status`
}

/** The statuses of an answer if the profile was changed or deleted meanwhile: the watch will show it. */
export const overtaken: ReadonlySet<number> = new Set([404, 409])

/** The kind of a stored profile. The items of a list have none. */
export function kindOf(object: JsonObject): Kind {
  return metadataOf(object)['namespace'] === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile'
}
