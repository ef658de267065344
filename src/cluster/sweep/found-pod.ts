import type { Shortfall } from '../../engine/missed.ts'
import { isObject, type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { type Controller, controllerIn } from '../../profile/rollout/workload.ts'
import { requestedAt } from './managed-fields.ts'

/** What is kept of a Pod with a shortfall. */
export interface FoundPod extends Shortfall {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** In milliseconds since 1970, by the API server's clock. */
  readonly createdAt: number
  /** Whether the Pod runs until it is deleted, because its containers always restart. */
  readonly isLasting: boolean
  readonly controller?: Controller
  /** When its own annotation `pillion.dev/inject` got its value; absent if it has none. */
  readonly requestedAt?: number
  readonly labels: Readonly<Record<string, string>>
}

export function foundPod(pod: JsonObject, shortfall: Shortfall): FoundPod {
  const metadata = metadataOf(pod)
  const { namespace, name, uid, creationTimestamp, ownerReferences } = metadata
  const controller = controllerIn(ownerReferences)
  const createdAt = Date.parse(String(creationTimestamp)) || 0
  const requested = requestedAt(metadata, createdAt)
  const { restartPolicy } = isObject(pod['spec']) ? pod['spec'] : {}
  return {
    ...shortfall,
    namespace: String(namespace),
    name: String(name),
    uid: String(uid),
    createdAt,
    isLasting: restartPolicy === undefined || restartPolicy === 'Always',
    labels: objectAt(metadata, 'labels') as FoundPod['labels'],
    ...(controller && { controller }),
    ...(requested !== undefined && { requestedAt: requested }),
  }
}
