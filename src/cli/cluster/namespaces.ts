import type { Namespace } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { namespaceWith } from '../../manifest/namespaces.ts'
import { type LiveCluster, notesOf, type Seen } from './live-cluster.ts'

/** The namespaces of a cluster; one that could not be read has only its name. */
interface LiveNamespaces {
  find(name: string): Namespace
  /** Whether it could be read. */
  has(name: string): boolean
  /** What could not be read, and why. */
  readonly notes: readonly string[]
}

/** Some namespaces of a cluster, or all. */
export async function liveNamespaces(
  cluster: LiveCluster,
  names?: readonly string[],
): Promise<LiveNamespaces> {
  const all: readonly Seen<JsonObject | readonly JsonObject[]>[] = await Promise.all(
    names?.map(name => cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`)) ?? [
      cluster.list('/api/v1/namespaces'),
    ],
  )
  const objects = all.flatMap(seen => (seen.state === 'there' ? [seen.value].flat().map(metadataOf) : []))
  const known = new Map(objects.map(metadata => [metadata['name'], metadata]))
  return {
    find: name => namespaceWith(known.get(name) ?? {}, name),
    has: name => known.has(name),
    notes: all
      .flatMap(notesOf)
      .map(why => `${why}; the labels and annotations of namespaces are not taken into account`),
  }
}
