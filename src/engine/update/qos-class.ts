import { isObject, type Json } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import type { Container } from '../pod.ts'

/**
 * The QoS class of a Pod with these containers, init containers among them, as the API server computes it
 * (pkg/apis/core/v1/helper/qos: ComputePodQOS). https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClassOf(containers: readonly Container[]): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const sums = { requests: new Map<string, bigint>(), limits: new Map<string, bigint>() }
  let isLimited = true
  for (const { resources } of containers) {
    for (const amounts of ['requests', 'limits'] as const) {
      const given = isObject(resources) && isObject(resources[amounts]) ? resources[amounts] : {}
      for (const resource of computeResources) {
        const amount = amountOf(given[resource]) ?? 0n
        if (amount > 0n) sums[amounts].set(resource, (sums[amounts].get(resource) ?? 0n) + amount)
        else if (amounts === 'limits') isLimited = false
      }
    }
  }
  const { requests, limits } = sums
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  const isEqual =
    requests.size === limits.size && [...requests].every(([name, sum]) => limits.get(name) === sum)
  return isLimited && isEqual ? 'Guaranteed' : 'Burstable'
}

/** The resources that a running container can get more or less of. */
export const computeResources: readonly string[] = ['cpu', 'memory']

export function amountOf(value: Json | undefined): bigint | undefined {
  return value === undefined || value === null ? undefined : parseQuantity(String(value))
}

/** Whether two quantities are the same, or both absent. */
export function isSameAmount(a: Json | undefined, b: Json | undefined): boolean {
  const amount = amountOf(a)
  return a === b || (amount !== undefined && amount === amountOf(b))
}
