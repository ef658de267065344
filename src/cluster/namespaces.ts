import type { Namespace } from '../engine/pod.ts'
import { isObject, type Json, type JsonObject, metadataOf } from '../json/json.ts'
import type { Api } from './api/api.ts'
import { type Informer, type InformerOptions, startInformer } from './api/informer.ts'

export interface Namespaces extends Pick<Informer<Namespace>, 'isComplete' | 'problem' | 'ageMs'> {
  /** A namespace. One that is not known has no labels and annotations. */
  find(name: string): Namespace
  all(): Iterable<Namespace>
}

/** The namespaces of a cluster, by an informer of their metadata. */
export function watchNamespaces(
  api: Api,
  options: Omit<InformerOptions<Namespace>, 'path' | 'kind' | 'keep'>,
): Namespaces {
  const informer = startInformer(api, {
    ...options,
    path: '/api/v1/namespaces',
    kind: 'Namespace',
    metadataOnly: true,
    keep: namespaceOf,
  })
  return {
    ...informer,
    find: name => informer.get(name) ?? { name, labels: {}, annotations: {}, isUnknown: true },
    *all() {
      for (const [, namespace] of informer.entries()) yield namespace
    },
  }
}

/** The metadata of a Namespace object that decisions look at. */
export function namespaceOf(object: JsonObject): Namespace {
  const { name, labels, annotations } = metadataOf(object)
  return { name: String(name), labels: strings(labels), annotations: strings(annotations) }
}

/** Values that are not strings are dropped: no decision can use them. */
function strings(map: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(map)) return {}
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
