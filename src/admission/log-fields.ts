import { type Json, member, objectsIn } from '../json/json.ts'
import { truncate } from '../problems/truncate.ts'
import type { EnvelopedRequest } from './envelope.ts'
import type { AdmissionRequest } from './read.ts'

/** The fields of the log line about a request: they identify the Pod and its owner, and have nothing of its spec. */
export interface LogFields {
  readonly uid: string
  readonly operation: string
  readonly dryRun: boolean
  readonly namespace: string
  readonly name?: string
  /** Of a Pod that has no name yet. */
  readonly generateName?: string
  /** `ReplicaSet/web-5d4f7`: the controller that made the Pod. */
  readonly owner?: string
}

export function logFieldsOf({ uid, operation, dryRun, namespace, pod }: AdmissionRequest): LogFields {
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

/** The fields of the log line about a request for any object: nothing from its spec. */
export interface ObjectLogFields extends Pick<EnvelopedRequest, 'uid' | 'operation' | 'namespace'> {
  readonly dryRun: boolean
  readonly name?: string
}

export function objectLogFields(request: EnvelopedRequest): ObjectLogFields {
  const { uid, operation, dryRun = false, namespace, object } = request
  const name = request['name'] || member(member(object, 'metadata'), 'name')
  return {
    uid: shorten(uid),
    operation,
    dryRun,
    ...(namespace && { namespace: shorten(namespace) }),
    ...(typeof name === 'string' && name !== '' && { name: shorten(name) }),
  }
}

function ownerOf(references: Json | undefined): string | undefined {
  const owners = objectsIn(references)
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0]
  return owner && `${owner['kind']}/${owner['name']}`
}

// The longest valid name. The API server checks names after the webhooks.
const maxName = 253

export function shorten(name: string): string {
  return truncate(name, maxName)
}
