import { isObject, type Json, type JsonObject, member, objectAt } from '../../json/json.ts'
import { isSameMember, membersOf, withRequests } from '../original/same.ts'
import { applied } from '../patch/apply.ts'
import { isNativeSidecar } from '../plan/containers.ts'
import type { Container, Pod } from '../pod.ts'
import { hasMinor } from '../render/render.ts'
import {
  type AmountChange,
  type At,
  type Change,
  foreign,
  immutable,
  type Obstacle,
  obstacle,
} from './change.ts'
import type { Compared, Containers } from './compared.ts'
import { amountOf, computeResources, isSameAmount, qosClassOf } from './qos-class.ts'

/**
 * The requests and limits that differ. CPU and memory can change by the subresource `resize`, but none can be removed. So
 * none is added either: an update that fails must be undone in the same way.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#limitations
 */
export function amountChanges(
  compared: Compared,
  field: string,
  container: At,
  { before, after, standing }: Containers,
): readonly Change[] {
  const [from, to] = [before, after].map(({ resources }) => withRequests(resources)) as [
    JsonObject,
    JsonObject,
  ]
  const changes: Change[] = membersOf(from, to)
    .filter(
      key =>
        key !== 'requests' && key !== 'limits' && !isSameMember('resources', only(from, key), only(to, key)),
    )
    .map(key => obstacle(`${field}.${key}`, immutable))
  for (const amounts of ['requests', 'limits'] as const) {
    const [olds, dues, owns] = [from, to, standing['resources']].map(all => objectAt(all, amounts)) as [
      JsonObject,
      JsonObject,
      JsonObject,
    ]
    for (const resource of membersOf(olds, dues)) {
      const [old, due, own] = [member(olds, resource), member(dues, resource), member(owns, resource)]
      if (isSameAmount(old, due) || isSameAmount(own, due)) continue
      const of = `${field}.${amounts}.${resource}`
      const refuse = (why: string) => changes.push(obstacle(of, why))
      if (!computeResources.includes(resource)) refuse(immutable)
      else if (container.list === 'initContainers' && !isNativeSidecar(standing))
        refuse('an init container runs once, before the others')
      else if (old === undefined) refuse('what is added to a container that runs could not be removed again')
      else if (due === undefined)
        refuse('Kubernetes removes no request and no limit of a container that runs')
      else if (own === undefined || !isSameAmount(own, old)) refuse(foreign(compared.revision))
      else changes.push({ is: 'amount', field: of, container, amounts, resource, from: own, to: due })
    }
  }
  return changes
}

function only(object: JsonObject, key: string): JsonObject {
  return { [key]: object[key] }
}

/** Why the API server would refuse these changes of requests and limits, although each by itself is allowed. */
export function resizeObstacles(
  { pod, cluster }: Compared,
  changes: readonly AmountChange[],
): readonly Obstacle[] {
  const [first] = changes
  if (!first) return []
  const { kubernetesVersion } = cluster
  const os = objectAt(pod.spec, 'os')['name']
  if (!hasMinor(kubernetesVersion, 33))
    return [
      obstacle(
        first.field,
        `resources change in place only on Kubernetes 1.33 or newer, and this cluster is ${kubernetesVersion}`,
      ),
    ]
  if (os === 'windows')
    return [obstacle(first.field, 'resources of a Pod for Windows cannot change in place')]
  if (isObject(pod.spec?.['resources']))
    return [
      obstacle(
        first.field,
        'the Pod has resources of its own as a whole, so those of its containers cannot change in place',
      ),
    ]
  const resized = applied(
    pod,
    changes.map(({ container, amounts, resource, to }) => ({
      op: 'add',
      path: pathOf(container, amounts, resource),
      value: to,
    })),
  )
  const found = changes.flatMap(({ field, container: { list, index }, resource }) => {
    const resources = resized.spec?.[list]?.[index]?.['resources']
    const [request, limit] = ['requests', 'limits'].map(amounts =>
      amountOf(objectAt(resources, amounts)[resource]),
    )
    const isMore = request !== undefined && limit !== undefined && request > limit
    return isMore ? [obstacle(field, 'the request would be more than the limit')] : []
  })
  const before = objectAt(pod, 'status')['qosClass'] ?? qosClassOf(allIn(pod))
  const after = qosClassOf(allIn(resized))
  if (before === after) return found
  return [...found, obstacle(first.field, `the QoS class of the Pod would change from ${before} to ${after}`)]
}

/** The JSON pointer of a request or a limit. */
export function pathOf({ list, index }: At, amounts: string, resource: string): string {
  return `/spec/${list}/${index}/resources/${amounts}/${resource}`
}

function allIn({ spec = {} }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
}

/** Whether the kubelet restarts the container for this change. */
export function restartsFor(
  { pod }: Compared,
  { container: { list, index }, resource }: AmountChange,
): boolean {
  const policies: Json | undefined = pod.spec?.[list]?.[index]?.['resizePolicy']
  return (
    Array.isArray(policies) &&
    policies.some(
      policy =>
        isObject(policy) &&
        policy['resourceName'] === resource &&
        policy['restartPolicy'] === 'RestartContainer',
    )
  )
}
