import type { Shortfall } from '../../engine/missed.ts'
import { isObject, type Json, type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
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

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
export interface Controller {
  readonly kind: string
  readonly name: string
  readonly uid: string
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

/** The controller in the owner references of a Pod. */
export function controllerIn(references: Json | undefined): Controller | undefined {
  const owners = Array.isArray(references) ? references.filter(isObject) : []
  return controllerOf(owners.find(({ controller }) => controller === true))
}

/**
 * The controller that an owner reference names; undefined if a controller cannot have this kind, name or uid. The API server
 * does not check these three, so a user can write any text there: a path of the API server, or a command for a shell.
 */
export function controllerOf({ kind, name, uid }: JsonObject = {}): Controller | undefined {
  const isRight = [kind, name, uid].every(each => typeof each === 'string' && each.length <= longestName)
  if (!isRight || !kindPattern.test(String(kind)) || !namePattern.test(String(name))) return undefined
  return { kind: String(kind), name: String(name), uid: String(uid) }
}

const longestName = 253
const kindPattern = /^[A-Za-z][A-Za-z0-9]*$/
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const namePattern = /^[a-z0-9][a-z0-9.-]*$/
