import type { Namespace, Strings } from '../engine/pod.ts'
import { isObject, type Json, type JsonObject } from '../json/json.ts'
import { oneLine } from '../problems/one-line.ts'
import type { Path } from '../problems/problem.ts'
import type { Manifest } from './yaml/manifest.ts'

/**
 * The Namespaces in manifests, also those in Lists. One that is not in them has only its name. Each has the label
 * that the API server adds.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
 */
export function namespacesIn(manifests: readonly Manifest[]) {
  const found = manifests.flatMap(({ documents }) =>
    documents.flatMap(({ value }) => namespacesWithPaths(value)),
  )
  const known = new Map(found.map(({ namespace }) => [namespace.name, namespace]))
  return {
    names: [...known.keys()],
    find: (name: string): Namespace => known.get(name) ?? namespaceWith({}, name),
    has: (name: string): boolean => known.has(name),
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

/** The Namespaces in an object, each with its path. */
export function namespacesWithPaths(
  object: Json,
  path: Path = [],
): readonly { readonly path: Path; readonly namespace: Namespace }[] {
  if (!isObject(object)) return []
  const { apiVersion, kind, metadata, items } = object
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: Json, i) => namespacesWithPaths(item, [...path, 'items', i]))
  }
  if (apiVersion !== 'v1' || kind !== 'Namespace' || !isObject(metadata)) return []
  return [{ path, namespace: namespaceWith(metadata, oneLine(String(metadata['name']))) }]
}

function strings(map: Json | undefined): Strings {
  const members = Object.entries(isObject(map) ? map : {})
  return Object.fromEntries(members.map(([key, value]) => [key, String(value ?? '')]))
}
