import { isObject, type JsonObject, member, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import { excessIn } from '../../json/size.ts'
import { limits } from '../../limits/limits.ts'
import { revisedSpec, revision } from '../revision.ts'
import { apiVersion, type Kind, kinds } from '../schema/schema.ts'

/** The label of a ControllerRevision that has the name of its profile. */
export const profileLabel = 'pillion.dev/profile'

/** Namespace (empty for a ClusterSidecarProfile), name and uid of a stored profile. */
export type ProfileId = `${string}/${string}/${string}`

/**
 * What identifies the owner of a revision. The uid alone does not: whoever may write ControllerRevisions in one namespace could
 * give them to a profile of another, and the policy for Pillion's token finds the owner by its name.
 */
export function profileId(profile: JsonObject): ProfileId {
  const { namespace = '', name, uid } = metadataOf(profile)
  return `${String(namespace)}/${String(name)}/${String(uid)}`
}

/** A stored revision of a profile, as far as it can be believed. */
export interface StoredRevision {
  readonly kind: Kind
  /** The name, uid and resourceVersion of the ControllerRevision. */
  readonly name: string
  readonly uid: string
  readonly version: string
  /** The profile. */
  readonly owner: ProfileId
  readonly revision: string
  /** The greater, the later it was accepted. */
  readonly number: number
  readonly spec: JsonObject
}

/** `logging-3f2a91c0de` */
export function revisionName(profile: string, revision: string): string {
  return `${profile}-${revision}`
}

/** The namespace of the revisions of a profile: its own, or that of Pillion (`home`) for a ClusterSidecarProfile. */
export function revisionNamespace(profile: JsonObject, home: string): string {
  return String(metadataOf(profile)['namespace'] ?? home)
}

/** The ControllerRevision of the current spec of a profile. https://kubernetes.io/docs/reference/kubernetes-api/apps/controller-revision-v1/ */
export function controllerRevision(
  profile: JsonObject,
  { home, number }: { readonly home: string; readonly number: number },
): JsonObject {
  const { name, uid, namespace } = metadataOf(profile)
  const spec = objectAt(profile, 'spec')
  const kind: Kind = namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile'
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: revisionName(String(name), revision(spec)),
      namespace: revisionNamespace(profile, home),
      labels: { [profileLabel]: String(name) },
      ownerReferences: [{ apiVersion, kind, name: String(name), uid: String(uid), controller: true }],
    },
    data: { spec: revisedSpec(spec) },
    revision: number,
  }
}

/**
 * The revision that a ControllerRevision holds; undefined if it is not believed. It must be where Pillion writes it, belong
 * to a profile, and hold the spec whose hash is in its name. Whether that profile exists is for the caller to check.
 */
export function storedRevision(object: JsonObject, home: string | undefined): StoredRevision | undefined {
  const owner = ownerOf(object)
  const { name, namespace, labels, uid, resourceVersion } = metadataOf(object)
  const kind = kinds.find(each => each === owner?.['kind'])
  if (!owner || !kind || owner['apiVersion'] !== apiVersion || typeof owner['uid'] !== 'string')
    return undefined
  if (kind === 'ClusterSidecarProfile' && namespace !== home) return undefined
  if (member(labels, profileLabel) !== owner['name'] || typeof name !== 'string') return undefined
  const spec = member(object['data'], 'spec')
  // Before anything walks it. Only Pillion writes it, but others may have the permission.
  if (!isObject(spec) || excessIn(spec, most)) return undefined
  const hash = revision(spec)
  if (name !== revisionName(String(owner['name']), hash)) return undefined
  const number = Number(object['revision'] ?? 0)
  return {
    kind,
    name,
    uid: String(uid),
    version: String(resourceVersion),
    owner: `${kind === 'SidecarProfile' ? String(namespace) : ''}/${String(owner['name'])}/${owner['uid']}`,
    revision: hash,
    number: Number.isFinite(number) ? number : 0,
    spec: revisedSpec(spec),
  }
}

const most = { bytes: limits.profileBytes, depth: limits.profileDepth }

/** The reference to the profile that controls a ControllerRevision, or to another object that does. */
export function ownerOf(object: JsonObject): JsonObject | undefined {
  return objectsIn(metadataOf(object)['ownerReferences']).find(({ controller }) => controller === true)
}
