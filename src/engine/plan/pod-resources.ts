import { isObject, type Json } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import type { Ordered } from '../order/order.ts'
import type { Container, Pod } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { isNativeSidecar } from './containers.ts'

/**
 * What the API server judges of the whole Pod after an injection. A Pod that it would refuse without us is not ours to
 * judge.
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

/** What is in the way of the last profile that adds a container. */
interface Overcommit {
  readonly injection: RenderedProfile
  readonly problems: readonly string[]
}

/** A request or limit of the Pod as a whole that its containers exceed together. */
interface Excess {
  /** `requests.memory` */
  readonly field: string
  /** As it is written in the Pod. */
  readonly allowed: string
  /** What its containers request together. */
  readonly needed: string
}

/**
 * Where the containers of a Pod request more than its own `spec.resources` request or allow: the API server refuses it
 * (pkg/apis/core/validation: validatePodResourceConsistency). Requests are added up as the scheduler does: an init
 * container runs beside the native sidecars before it, and no other. A limit of one container may be above that of the Pod.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
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
      const needed = requested(resource, initContainers, containers)
      if (most === undefined || needed <= most) return []
      return [{ field: `${list}.${resource}`, allowed: String(value), needed: quantity(needed) }]
    })
  })
}

function requested(
  resource: string,
  initContainers: readonly Container[],
  containers: readonly Container[],
): bigint {
  const sum = (a: bigint, b: Container) => a + amount(b, resource)
  let beside = 0n
  let starting = 0n
  for (const container of initContainers) {
    const own = amount(container, resource)
    if (beside + own > starting) starting = beside + own
    if (isNativeSidecar(container)) beside += own
  }
  const running = containers.reduce(sum, beside)
  return running > starting ? running : starting
}

/** What a container requests; its limit is its request where it has none. */
function amount({ resources }: Container, resource: string): bigint {
  const of = (name: string) => {
    const amounts = isObject(resources) ? resources[name] : undefined
    return isObject(amounts) && Object.hasOwn(amounts, resource) ? amounts[resource] : undefined
  }
  const value = of('requests') ?? of('limits')
  return value === undefined ? 0n : (parseQuantity(String(value)) ?? 0n)
}

/** Billionths as a person reads them: `40Mi`, `250m`, `3`. */
function quantity(billionths: bigint): string {
  const whole = billionths / 1_000_000_000n
  if (whole * 1_000_000_000n !== billionths) return `${(billionths + 999_999n) / 1_000_000n}m`
  const mebi = 1024n ** 2n
  return whole > 0n && whole % mebi === 0n ? `${whole / mebi}Mi` : String(whole)
}
