import { type Json, type JsonObject, member, objectAt } from '../../json/json.ts'
import { isSameMember, membersOf, withRequests } from '../original/same.ts'
import { isNativeSidecar } from '../plan/containers.ts'
import { type At, type Change, foreign, immutable, obstacle } from './change.ts'
import type { Compared, Containers } from './compared.ts'
import { computeResources, isSameAmount } from './qos-class.ts'

/**
 * The requests and limits that differ. CPU and memory can change by the subresource `resize`, but none can be removed. So
 * none is added either: it must be possible to undo an update that fails.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#limitations
 */
export function amountChanges(
  { revision }: Compared,
  field: string,
  container: At,
  { before, after, standing }: Containers,
): readonly Change[] {
  const [from, to] = [withRequests(before['resources']), withRequests(after['resources'])]
  const runsOnce = container.list === 'initContainers' && !isNativeSidecar(standing)
  return [
    ...membersOf(from, to)
      .filter(
        key =>
          !lists.some(list => list === key) && !isSameMember('resources', only(from, key), only(to, key)),
      )
      .map(key => obstacle(`${field}.${key}`, immutable)),
    ...lists.flatMap(list => {
      const [olds, dues, owns] = [
        objectAt(from, list),
        objectAt(to, list),
        objectAt(standing['resources'], list),
      ]
      return membersOf(olds, dues).flatMap((resource): readonly Change[] => {
        const [old, due, own] = [member(olds, resource), member(dues, resource), member(owns, resource)]
        if (isSameAmount(old, due) || isSameAmount(own, due)) return []
        const of = `${field}.${list}.${resource}`
        if (!computeResources.includes(resource)) return [obstacle(of, immutable)]
        if (runsOnce) return [obstacle(of, 'an init container runs once, before the others')]
        const why = obstacleTo({ old, due, own }, revision)
        if (why !== undefined) return [obstacle(of, why)]
        return [{ is: 'amount', field: of, container, amounts: list, resource, from: own!, to: due! }]
      })
    }),
  ]
}

const lists = ['requests', 'limits'] as const

interface Amounts {
  readonly old: Json | undefined
  readonly due: Json | undefined
  readonly own: Json | undefined
}

function obstacleTo({ old, due, own }: Amounts, revision: string): string | undefined {
  if (old === undefined) return 'Kubernetes could not remove it again from a container that runs'
  if (due === undefined) return 'Kubernetes removes no request and no limit of a container that runs'
  return own !== undefined && isSameAmount(own, old) ? undefined : foreign(revision)
}

function only(object: JsonObject, key: string): JsonObject {
  return { [key]: object[key] }
}
