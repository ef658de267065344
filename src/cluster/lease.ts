import { isObject, type JsonObject, metadataOf } from '../json/json.ts'
import { type Api, describeFailure } from './api/api.ts'
import type { ApiRequest } from './api/http.ts'
import type { ApiResponse } from './api/response.ts'

/** A Lease as it was seen, or the place where there is none. */
export interface Lease {
  /** Empty when nobody holds it. */
  readonly holder: string
  /** How long its holder wants to be left alone. */
  readonly seconds: number
  /** Differs after each renewal. */
  readonly record: string
  /** As it is stored; undefined where there is none. */
  readonly object: JsonObject | undefined
}

/** One Lease, as one candidate uses it. A string says what went wrong. */
export interface LeaseClient {
  read(call: ApiRequest): Promise<Lease | string>
  /** Writes the candidate as the holder; `overtaken` when somebody has written since it was read. */
  take(lease: Lease, call: ApiRequest): Promise<Lease | 'overtaken' | (string & {})>
  /** Leaves it to nobody; that it fails is nobody's loss. */
  release(lease: Lease, call: ApiRequest): Promise<void>
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export function leaseAt(
  api: Api,
  {
    namespace,
    name,
    identity,
    seconds,
  }: { namespace: string; name: string; identity: string; seconds: number },
): LeaseClient {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  const described = (answer: Exclude<ApiResponse, { ok: true }>) =>
    `${path}/${name}: ${describeFailure(answer)}`

  function write(object: JsonObject | undefined, spec: JsonObject, call: ApiRequest): Promise<ApiResponse> {
    const { resourceVersion, labels, annotations } = metadataOf(object ?? {})
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace, resourceVersion, labels, annotations },
      spec,
    }
    return object
      ? api.request('PUT', `${path}/${name}`, { ...call, body })
      : api.request('POST', path, { ...call, body })
  }

  return {
    async read(call) {
      const answer = await api.request('GET', `${path}/${name}`, call)
      if (answer.ok) return leaseOf(answer.body, seconds)
      return answer.status === 404
        ? { holder: '', seconds, record: '', object: undefined }
        : described(answer)
    },
    async take({ object, holder }, call) {
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
      // Deleted by somebody, or created by another candidate, or written since.
      return [404, 409].includes(answer.status) ? 'overtaken' : described(answer)
    },
    async release({ object }, call) {
      // A Lease without a duration is no valid one.
      await write(object, { ...specOf(object), holderIdentity: '', leaseDurationSeconds: 1 }, call)
    },
  }
}

/** Lenient: whatever is missing in a Lease that somebody else wrote, its holder is respected. */
function leaseOf(object: JsonObject, fallbackSeconds: number): Lease {
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
