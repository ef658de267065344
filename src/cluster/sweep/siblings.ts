import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import { controllerIn } from '../../profile/rollout/workload.ts'
import type { Api } from '../api/api.ts'
import type { FoundPod } from './found-pod.ts'
import { stillRunning, wholePodsPerPage } from './whole-pods.ts'

/**
 * The Pods of the same controller, with the Pod itself, except those that are finished, and unless requested, those that are
 * being deleted. Throws an `ApiFailure`.
 */
export async function siblingsOf(
  api: Api,
  { namespace, labels, controller }: Pick<FoundPod, 'namespace' | 'labels' | 'controller'>,
  signal: AbortSignal,
  withDeleted = false,
): Promise<readonly JsonObject[]> {
  const labelSelector = Object.entries(labels)
    .filter(([key]) => !ofOnePod.has(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const query = { fieldSelector: stillRunning, ...(labelSelector !== '' && { labelSelector }) }
  const found: JsonObject[] = []
  const path = `/api/v1/namespaces/${namespace}/pods`
  for await (const { items } of api.pages(path, { query, limit: wholePodsPerPage, signal }))
    for (const pod of items) {
      const { deletionTimestamp, ownerReferences } = metadataOf(pod)
      const isSibling = controllerIn(ownerReferences)?.uid === controller?.uid
      if (isSibling && (withDeleted || deletionTimestamp === undefined)) found.push(pod)
    }
  return found
}

/** Labels that a replacement does not share: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const ofOnePod: ReadonlySet<string> = new Set([
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-revision-hash',
])

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions */
export function isReady(pod: JsonObject): boolean {
  return objectsIn(objectAt(pod, 'status')['conditions']).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  )
}
