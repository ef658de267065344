import { isObject } from '../json/json.ts'
import type { AdmissionRequest } from './read.ts'

/** What a log may say of a request: whose Pod it was, and nothing of what is in it. */
export interface Facts {
  readonly uid: string
  readonly operation: string
  readonly dryRun: boolean
  readonly namespace: string
  readonly name?: string
  /** Of a Pod whose name is not made yet. */
  readonly generateName?: string
  /** `ReplicaSet/web-5d4f7`: the controller that made the Pod. */
  readonly owner?: string
}

export function factsOf({ uid, operation, dryRun, namespace, pod }: AdmissionRequest): Facts {
  const { name, generateName } = pod.metadata ?? {}
  const owner = ownerOf(pod.metadata?.['ownerReferences'])
  return {
    uid: shorten(uid),
    operation,
    dryRun,
    namespace: shorten(namespace),
    ...(name && { name: shorten(name) }),
    ...(!name && generateName && { generateName: shorten(generateName) }),
    ...(owner && { owner: shorten(owner) }),
  }
}

function ownerOf(references: unknown): string | undefined {
  const owners = Array.isArray(references) ? references.filter(isObject) : []
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0]
  return owner && `${owner['kind']}/${owner['name']}`
}

// The API server checks names after us: no valid one is longer.
const maxName = 253

export function shorten(name: string): string {
  return name.length > maxName ? `${name.slice(0, maxName).toWellFormed()}…` : name
}
