import { type Change, foreign, type MetadataChange, obstacle } from './change.ts'
import type { Compared } from './compare.ts'
import type { Given } from './rendering.ts'

/**
 * A label or an annotation that differs. Each change can be taken back by the same rules, so that an update that fails can
 * be undone: a label is neither added nor removed, because Services, NetworkPolicies and controllers select Pods by labels;
 * nor an annotation of Kubernetes or of Pillion itself, because it may switch something on. Only the values of these change.
 */
export function metadataChanges(
  { pod, claimed, revision }: Compared,
  field: string,
  { before, after }: { readonly before: Given | undefined; readonly after: Given | undefined },
): readonly Change[] {
  const { path, name: key } = (before ?? after)!
  const map = path[0] as MetadataChange['map']
  const standing = pod.metadata?.[map] ?? {}
  const stands = Object.hasOwn(standing, key) ? standing[key] : undefined
  const [from, to] = [before, after].map(given => given && String(given.value))
  const isFixed = map === 'labels' || isReserved(key)
  if (isFixed && from === undefined)
    return [obstacle(field, `${fixed[map]} cannot be added to a Pod that runs`)]
  if (isFixed && to === undefined)
    return [obstacle(field, `${fixed[map]} cannot be removed from a Pod that runs`)]
  if (from !== undefined && !claimed[map]?.includes(key))
    return [obstacle(field, 'the status of the Pod does not name it')]
  if (stands !== from && stands !== to) return [obstacle(field, foreign(revision))]
  return [
    {
      is: 'metadata',
      field,
      map,
      key,
      ...(stands !== undefined && { from: stands }),
      ...(to !== undefined && { to }),
    },
  ]
}

const fixed = { labels: 'labels', annotations: 'annotations of Kubernetes and of Pillion' } as const

/** Whether the prefix of a key is one of these domains, or below one of them. */
function isReserved(key: string): boolean {
  const [prefix = ''] = key.split('/', 1)
  return key.includes('/') && reserved.some(domain => `.${prefix}`.endsWith(`.${domain}`))
}

const reserved = ['kubernetes.io', 'k8s.io', 'pillion.dev']
