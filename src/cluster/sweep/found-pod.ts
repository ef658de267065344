import type { Shortfall } from '../../engine/missed.ts'
import { isObject, type Json, type JsonObject, metadataOf } from '../../json/json.ts'

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
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
export interface Controller {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export function foundPod(pod: JsonObject, shortfall: Shortfall): FoundPod {
  const { namespace, name, uid, creationTimestamp, ownerReferences } = metadataOf(pod)
  const controller = controllerIn(ownerReferences)
  const { restartPolicy } = isObject(pod['spec']) ? pod['spec'] : {}
  return {
    ...shortfall,
    namespace: String(namespace),
    name: String(name),
    uid: String(uid),
    createdAt: Date.parse(String(creationTimestamp)) || 0,
    isLasting: restartPolicy === undefined || restartPolicy === 'Always',
    ...(controller && { controller }),
  }
}

/** The controller in the owner references of a Pod. */
export function controllerIn(references: Json | undefined): Controller | undefined {
  const owners = Array.isArray(references) ? references.filter(isObject) : []
  const owner = owners.find(({ controller }) => controller === true)
  return owner && { kind: String(owner['kind']), name: String(owner['name']), uid: String(owner['uid']) }
}
