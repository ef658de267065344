import { isObject, type Json, type JsonObject, metadataOf } from '../json/json.ts'
import type { Api } from './api/api.ts'
import { type Followed, type FollowOptions, follow } from './api/follow.ts'

/** What a profile, a Pod's wishes and their expressions may ask of a namespace. */
export interface NamespaceMetadata {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The namespaces of a cluster, in memory. */
export interface Namespaces extends Pick<Followed<NamespaceMetadata>, 'isComplete' | 'problem' | 'ageMs'> {
  /** What is known of a namespace; of an unknown one, its name. */
  find(name: string): NamespaceMetadata
}

/** Follows the labels and annotations of all namespaces; nothing else of them crosses the wire. */
export function followNamespaces(
  api: Api,
  options: Pick<
    FollowOptions<NamespaceMetadata>,
    'failed' | 'troubled' | 'signal' | 'backoff' | 'watchMs' | 'changed'
  >,
): Namespaces {
  const followed = follow(api, {
    ...options,
    path: '/api/v1/namespaces',
    kind: 'Namespace',
    metadataOnly: true,
    keep: namespaceOf,
  })
  return { ...followed, find: name => followed.get(name) ?? { name, labels: {}, annotations: {} } }
}

/** The metadata of a Namespace object that decisions look at. */
export function namespaceOf(object: JsonObject): NamespaceMetadata {
  const { name, labels, annotations } = metadataOf(object)
  return { name: String(name), labels: strings(labels), annotations: strings(annotations) }
}

/** Whatever is no string is nothing that a decision could use. */
function strings(map: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(map)) return {}
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
