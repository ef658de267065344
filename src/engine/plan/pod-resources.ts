import { isObject, type Json } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import type { Ordered } from '../order/order.ts'
import type { Container, Pod } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { isNativeSidecar } from './containers.ts'

/**
 * Finds what the API server would deny about the resources of the whole Pod after the injection. If it would deny the
 * Pod without Pillion, too, this reports nothing, so that the API server says so.
 */
export function judgeResources(
  { spec = {} }: Pod,
  injections: readonly RenderedProfile[],
  { initContainers, containers }: Ordered,
): readonly Overcommit[] {
  const resources = spec['resources']
  const own = new Set(
    excesses(resources, spec.initContainers ?? [], spec.containers ?? []).map(({ field }) => field),
  )
  const all = [initContainers, containers].map(entries => entries.map(({ container }) => container))
  const added = [...initContainers, ...containers].filter(
    ({ isNew, profile }) => isNew && profile !== undefined,
  )
  const injection = injections.findLast(({ profile }) => added.some(entry => entry.profile === profile.name))
  if (!injection) return []
  const names = added.map(({ container }) => `"${container.name}"`).join(', ')
  const problems = excesses(resources, all[0] ?? [], all[1] ?? [])
    .filter(({ field }) => !own.has(field))
    .map(
      ({ field, allowed, needed }) =>
        `the Pod's own resources.${field} is ${allowed}, and with ${names} its containers need ${needed}`,
    )
  return [{ injection, problems }]
}

/** The problems, which count as a conflict of the last profile that adds a container. */
interface Overcommit {
  readonly injection: RenderedProfile
  readonly problems: readonly string[]
}

/** A request or limit of the Pod as a whole that is less than its containers request together. */
interface Excess {
  /** `requests.memory` */
  readonly field: string
  /** As the author wrote it in the Pod. */
  readonly allowed: string
  /** What its containers request together. */
  readonly needed: string
}

/**
 * The resources of which the containers request more than `spec.resources` of the Pod requests or allows. The API server
 * denies such a Pod (pkg/apis/core/validation: validatePodResourceConsistency). The limit of one container may be greater
 * than that of the Pod.
 */
function excesses(
  resources: Json | undefined,
  initContainers: readonly Container[],
  containers: readonly Container[],
): readonly Excess[] {
  if (!isObject(resources)) return []
  return (['requests', 'limits'] as const).flatMap(list => {
    const allowed = resources[list]
    return Object.entries(isObject(allowed) ? allowed : {}).flatMap(([resource, value]) => {
      const most = parseQuantity(String(value))
      const needed = requestedTogether(resource, initContainers, containers)
      if (most === undefined || needed <= most) return []
      return [{ field: `${list}.${resource}`, allowed: String(value), needed: quantity(needed) }]
    })
  })
}

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

/** A number of billionths, in the notation of Kubernetes: `40Mi`, `250m`, `3`. */
function quantity(billionths: bigint): string {
  const whole = billionths / 1_000_000_000n
  if (whole * 1_000_000_000n !== billionths) return `${(billionths + 999_999n) / 1_000_000n}m`
  const mebi = 1024n ** 2n
  return whole > 0n && whole % mebi === 0n ? `${whole / mebi}Mi` : String(whole)
}
