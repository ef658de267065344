import type { Namespace } from '../../engine/pod.ts'
import { metadataOf } from '../../json/json.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import { type LiveCluster, notesOf } from './live-cluster.ts'

/** The namespaces of a cluster; one that could not be read has only its name. */
interface LiveNamespaces {
  find(name: string): Namespace
  /** What could not be read, and why. */
  readonly notes: readonly string[]
}

/** One namespace of a cluster, or all. */
export async function liveNamespaces(cluster: LiveCluster, name?: string): Promise<LiveNamespaces> {
  const seen = await (name === undefined
    ? cluster.list('/api/v1/namespaces')
    : cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`))
  const objects = seen.state === 'there' ? [seen.value].flat().map(metadataOf) : []
  const known = new Map(objects.map(metadata => [metadata['name'], metadata]))
  return {
    find: name => namespaceWith(known.get(name) ?? {}, name),
    notes: notesOf(seen).map(
      why => `${why}; the labels and annotations of namespaces are not taken into account`,
    ),
  }
}
