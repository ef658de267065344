import { isObject } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import type { Container } from '../pod.ts'
import { isNativeSidecar } from './containers.ts'

/**
 * What the containers of a Pod request together of one resource, in billionths. Requests are added up as the scheduler does
 * it: an init container runs only beside the native sidecars before it.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function requestedTogether(
  resource: string,
  initContainers: readonly Container[],
  containers: readonly Container[],
): bigint {
  const sum = (a: bigint, b: Container) => a + requestOf(b, resource)
  let beside = 0n
  let starting = 0n
  for (const container of initContainers) {
    const own = requestOf(container, resource)
    if (beside + own > starting) starting = beside + own
    if (isNativeSidecar(container)) beside += own
  }
  const running = containers.reduce(sum, beside)
  return running > starting ? running : starting
}

/** What a container requests of a resource, in billionths. Without a request, its limit counts. */
export function requestOf({ resources }: Container, resource: string): bigint {
  const of = (name: string) => {
    const amounts = isObject(resources) ? resources[name] : undefined
    return isObject(amounts) && Object.hasOwn(amounts, resource) ? amounts[resource] : undefined
  }
  const value = of('requests') ?? of('limits')
  return value === undefined ? 0n : (parseQuantity(String(value)) ?? 0n)
}
