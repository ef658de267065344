import type { Namespace, Strings } from '../../engine/pod.ts'
import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import type { Manifest } from '../yaml/manifest.ts'

/**
 * The Namespaces in manifests, also those in Lists. A namespace that is not in them is looked up elsewhere; by default it
 * has only its name. Each has the label that the API server adds.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
 */
export function namespacesIn(
  manifests: readonly Manifest[],
  elsewhere = (name: string): Namespace => namespaceWith({}, name),
): (name: string) => Namespace {
  const objects = manifests.flatMap(({ documents }) =>
    documents.flatMap(({ value }) => namespaceObjects(value)),
  )
  const known = new Map(
    objects.map(({ name, labels, annotations }) => [String(name), { labels, annotations }]),
  )
  return name => {
    const metadata = known.get(name)
    return metadata ? namespaceWith(metadata, name) : elsewhere(name)
  }
}

/** A namespace with this metadata. */
export function namespaceWith({ labels, annotations }: JsonObject, name: string): Namespace {
  return {
    name,
    labels: { ...strings(labels), 'kubernetes.io/metadata.name': name },
    annotations: strings(annotations),
  }
}

/** The metadata of the Namespaces in an object. */
function namespaceObjects(object: Json): readonly JsonObject[] {
  if (!isObject(object)) return []
  const { apiVersion, kind, metadata, items } = object
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap(namespaceObjects)
  }
  return apiVersion === 'v1' && kind === 'Namespace' && isObject(metadata) ? [metadata] : []
}

function strings(map: Json | undefined): Strings {
  const members = Object.entries(isObject(map) ? map : {})
  return Object.fromEntries(members.map(([key, value]) => [key, String(value ?? '')]))
}
