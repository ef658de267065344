import { isObject, objectAt, objectsIn } from '../../json/json.ts'
import { applied } from '../patch/apply.ts'
import type { Container, Pod } from '../pod.ts'
import { hasMinor } from '../render/render.ts'
import { type AmountChange, type At, type Obstacle, obstacle } from './change.ts'
import type { Compared } from './compare.ts'
import { amountOf, qosClassOf } from './qos-class.ts'

/**
 * Why the API server would refuse changes of requests and limits that are allowed by themselves (pkg/apis/core/validation:
 * ValidatePodResize). test/apiserver/updates.ts compares this with a real one.
 */
export function resizeObstacles(
  { pod, cluster: { kubernetesVersion } }: Compared,
  changes: readonly AmountChange[],
): readonly Obstacle[] {
  const [first] = changes
  if (!first) return []
  const refused = wholePodObstacle(pod, kubernetesVersion)
  if (refused !== undefined) return [obstacle(first.field, refused)]
  const resized = applied(
    pod,
    changes.map(({ container, amounts, resource, to }) => ({
      op: 'add',
      path: pathOf(container, amounts, resource),
      value: to,
    })),
  )
  const found = changes.flatMap((change): readonly Obstacle[] => {
    const { field, container, amounts, resource } = change
    const resources = containerAt(resized, container)?.['resources']
    const [request, limit] = ['requests', 'limits'].map(of => amountOf(objectAt(resources, of)[resource]))
    if (request !== undefined && limit !== undefined && request > limit)
      return [obstacle(field, 'the request would be more than the limit')]
    if (objectsIn(objectAt(resources)['claims']).length > 0 && !hasMinor(kubernetesVersion, 37))
      return [
        obstacle(
          field,
          'a container with resource claims is resized in place only on Kubernetes 1.37 or newer',
        ),
      ]
    // 1.33 cannot decrease it, so a change could not be taken back.
    const isMemoryLimit = amounts === 'limits' && resource === 'memory'
    if (isMemoryLimit && !hasMinor(kubernetesVersion, 34) && !restartsFor(pod, change))
      return [
        obstacle(field, 'Kubernetes 1.33 decreases a memory limit only with resizePolicy RestartContainer'),
      ]
    return []
  })
  const before = objectAt(pod, 'status')['qosClass'] ?? qosClassOf(allIn(pod))
  const after = qosClassOf(allIn(resized))
  if (before === after) return found
  return [...found, obstacle(first.field, `the QoS class of the Pod would change from ${before} to ${after}`)]
}

function wholePodObstacle({ spec }: Pod, kubernetesVersion: string): string | undefined {
  if (!hasMinor(kubernetesVersion, 33))
    return `requests and limits change in place only on Kubernetes 1.33 or newer, and this cluster is ${kubernetesVersion}`
  if (objectAt(spec, 'os')['name'] === 'windows') return 'a Pod for Windows cannot be resized'
  // 1.36 would, within the resources of the Pod.
  return isObject(spec?.['resources'])
    ? 'Pillion resizes no Pod that has resources of its own as a whole'
    : undefined
}

function containerAt({ spec }: Pod, { list, index }: At): Container | undefined {
  return spec?.[list]?.[index]
}

function allIn({ spec = {} }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
}

/** The JSON pointer of a request or a limit. */
export function pathOf({ list, index }: At, amounts: string, resource: string): string {
  return `/spec/${list}/${index}/resources/${amounts}/${resource}`
}

/** Whether the kubelet restarts the container for this change. */
export function restartsFor(pod: Pod, { container, resource }: AmountChange): boolean {
  return objectsIn(containerAt(pod, container)?.['resizePolicy']).some(
    policy => policy['resourceName'] === resource && policy['restartPolicy'] === 'RestartContainer',
  )
}
