import { equal, type Json, member, objectAt } from '../../json/json.ts'
import { membersOf, withRequests } from '../original/same.ts'
import { isNativeSidecar } from '../plan/containers.ts'
import { type AmountChange, type At, type Change, foreign, immutable, obstacle } from './change.ts'
import type { Compared, Containers } from './compare.ts'
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
      .filter(key => !lists.some(list => list === key) && !equal(from[key], to[key]))
      .map(key => obstacle(`${field}.${key}`, immutable)),
    ...lists.flatMap(list => {
      const [olds, dues, owns] = [
        objectAt(from, list),
        objectAt(to, list),
        objectAt(standing['resources'], list),
      ]
      return membersOf(olds, dues).flatMap((resource): readonly Change[] => {
        const amounts = {
          old: member(olds, resource),
          due: member(dues, resource),
          own: member(owns, resource),
        }
        const { old, due, own } = amounts
        if (isSameAmount(old, due)) return []
        const of = `${field}.${list}.${resource}`
        const why = computeResources.includes(resource) ? obstacleTo(amounts, runsOnce, revision) : immutable
        if (why !== undefined) return isSameAmount(own, due) ? [] : [obstacle(of, why)]
        const values = { before: old!, from: own!, to: due! }
        return [{ is: 'amount', field: of, container, amounts: list, resource, ...values }]
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

function obstacleTo({ old, due, own }: Amounts, runsOnce: boolean, revision: string): string | undefined {
  if (runsOnce) return 'an init container runs once, before the others'
  if (old === undefined) return 'Kubernetes could not remove it again from a container that runs'
  if (due === undefined) return 'Kubernetes removes no request and no limit of a container that runs'
  const isKnown = own !== undefined && [old, due].some(amount => isSameAmount(own, amount))
  return isKnown ? undefined : foreign(revision)
}

/** Whether the Pod has it already: an update can end between its two requests. */
export function isDone({ from, to }: AmountChange): boolean {
  return isSameAmount(from, to)
}
