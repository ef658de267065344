import { requestedTogether, requestOf } from '../../engine/plan/pod-resources.ts'
import type { Container, Pod } from '../../engine/pod.ts'
import { type Json, member } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import { quantityText } from './quantity-text.ts'

export interface Request {
  /** `cpu`, `memory` */
  readonly resource: string
  /** `120m`, `352Mi` */
  readonly amount: string
}

/** What the scheduler reserves on a node for the whole Pod. */
export interface PodRequest extends Request {
  /** How much more that is than for the Pod of the author: `120m`; undefined if it is the same. */
  readonly added: string | undefined
}

/** What a container requests, cpu and memory first. */
export function containerRequests(container: Container): readonly Request[] {
  return resourcesOf([container]).flatMap(resource => {
    const amount = requestOf(container, resource)
    return amount === 0n ? [] : [{ resource, amount: quantityText(resource, amount) }]
  })
}

/** What a Pod requests, and how much of it was injected. `injected` has the names of the injected containers. */
export function podRequests(
  spec: NonNullable<Pod['spec']>,
  injected: Readonly<Record<'initContainers' | 'containers', ReadonlyMap<string, string>>>,
): readonly PodRequest[] {
  const [all, own] = [
    { initContainers: spec.initContainers ?? [], containers: spec.containers ?? [] },
    { initContainers: ownOf('initContainers'), containers: ownOf('containers') },
  ]
  const ofPod = spec['resources']
  const declared = [...resourcesOf([...all.initContainers, ...all.containers]), ...namesIn(ofPod)]
  return inOrder(declared).flatMap(resource => {
    const [total, before] = [all, own].map(({ initContainers, containers }) =>
      wholePod(resource, ofPod, requestedTogether(resource, initContainers, containers)),
    ) as [bigint, bigint]
    if (total === 0n) return []
    const added = total > before ? quantityText(resource, total - before) : undefined
    return [{ resource, amount: quantityText(resource, total), added }]
  })

  function ownOf(list: 'initContainers' | 'containers'): readonly Container[] {
    return (spec[list] ?? []).filter(({ name }) => !injected[list].has(name))
  }
}

/**
 * The resources of the Pod as a whole win over the sum of its containers; its limit only if no container requests anything.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#pod-level-resource-specification
 */
function wholePod(resource: string, ofPod: Json | undefined, together: bigint): bigint {
  const amount = (list: string) => {
    const value = member(member(ofPod, list), resource)
    return value === undefined ? undefined : parseQuantity(String(value))
  }
  return amount('requests') ?? (together === 0n ? (amount('limits') ?? 0n) : together)
}

function resourcesOf(containers: readonly Container[]): readonly string[] {
  return inOrder(containers.flatMap(({ resources }) => namesIn(resources)))
}

function namesIn(resources: Json | undefined): readonly string[] {
  return ['requests', 'limits'].flatMap(list => Object.keys(member(resources, list) ?? {}))
}

/** Each name once: cpu, memory, then the others. */
function inOrder(resources: readonly string[]): readonly string[] {
  const known = ['cpu', 'memory']
  const others = new Set(resources)
  return [...known.filter(name => others.delete(name)), ...[...others].sort()]
}
