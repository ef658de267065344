import { isObject, type JsonObject, metadataOf } from '../json/json.ts'
import { type Api, describeFailure } from './api/api.ts'
import type { ApiRequest } from './api/http.ts'

/** A Lease as it was read. */
export interface Lease {
  /** Empty when no candidate holds it. */
  readonly holder: string
  /** How long its holder may be silent. */
  readonly seconds: number
  /** Differs after each renewal. */
  readonly record: string
  /** As it is stored; undefined when it does not exist. */
  readonly object: JsonObject | undefined
}

export interface LeaseOptions {
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly seconds: number
}

/**
 * One Lease, as one candidate uses it. A method that fails returns a message.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/
 */
export function leaseAt(api: Api, { namespace, name, identity, seconds }: LeaseOptions) {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`

  function write(object: JsonObject | undefined, spec: JsonObject, call: ApiRequest) {
    const { resourceVersion, labels, annotations } = metadataOf(object ?? {})
    const metadata = { name, namespace, resourceVersion, labels, annotations }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    return object
      ? api.request('PUT', `${path}/${name}`, { ...call, body })
      : api.request('POST', path, { ...call, body })
  }

  return {
    async read(call: ApiRequest): Promise<Lease | string> {
      const answer = await api.request('GET', `${path}/${name}`, call)
      if (answer.ok) return leaseOf(answer.body, seconds)
      if (answer.status === 404) return leaseOf(undefined, seconds)
      return `${path}/${name}: ${describeFailure(answer)}`
    },
    /** Writes the candidate as the holder; `overtaken` when the Lease has changed since it was read. */
    async take({ object, holder }: Lease, call: ApiRequest): Promise<Lease | 'overtaken' | (string & {})> {
      const { acquireTime, leaseTransitions } = specOf(object)
      const time = new Date().toISOString().replace('Z', '000Z')
      const isRenewal = holder === identity
      const spec = {
        holderIdentity: identity,
        leaseDurationSeconds: seconds,
        acquireTime: isRenewal ? acquireTime : time,
        renewTime: time,
        leaseTransitions: Number(leaseTransitions ?? 0) + (isRenewal || !object ? 0 : 1),
      }
      const answer = await write(object, spec, call)
      if (answer.ok) return leaseOf(answer.body, seconds)
      // Deleted, created by another candidate, or written since it was read.
      if (answer.status === 404 || answer.status === 409) return 'overtaken'
      return `${path}/${name}: ${describeFailure(answer)}`
    },
    /** Removes the holder. A failure does no harm: the Lease expires. */
    async release({ object }: Lease, call: ApiRequest): Promise<void> {
      // A Lease without a duration is not valid.
      await write(object, { ...specOf(object), holderIdentity: '', leaseDurationSeconds: 1 }, call)
    },
  }
}

/** Lenient: a Lease that someone else wrote may lack fields, but its holder counts. */
function leaseOf(object: JsonObject | undefined, fallbackSeconds: number): Lease {
  const { holderIdentity, leaseDurationSeconds, renewTime } = specOf(object)
  const seconds = Number(leaseDurationSeconds)
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    seconds: seconds > 0 ? seconds : fallbackSeconds,
    record: JSON.stringify([holderIdentity, leaseDurationSeconds, renewTime]),
    object,
  }
}

function specOf(object: JsonObject | undefined): JsonObject {
  const spec = object?.['spec']
  return isObject(spec) ? spec : {}
}
