import type { BlockedWorkload } from '../../cluster/sweep/blocked-workloads.ts'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import type { ShortfallKind } from '../../engine/missed.ts'
import { compareText } from '../../profile/accept/namespace-quota.ts'
import { workloadOf } from '../../profile/rollout/workload.ts'

/** A workload with something to do: its Pods lack something, or it cannot create Pods. */
export interface FoundWorkload {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly result: ShortfallKind | 'Blocked'
  readonly profiles: readonly string[]
  readonly why: string
  /** The command that replaces the Pods, or says what to correct first. */
  readonly fix: string
  /** The names of its Pods with this result. */
  readonly pods: readonly string[]
}

/** The findings of a sweep by workload, sorted: first what keeps Pods from starting. */
export function workloadsIn(
  found: readonly FoundPod[],
  blocked: readonly BlockedWorkload[],
): readonly FoundWorkload[] {
  const groups = Map.groupBy(found, pod => {
    const { kind, name } = workloadOf(pod)
    return [pod.namespace, kind, name, pod.kind].join('/')
  })
  const short = [...groups.values()].map(pods => shortWorkload(pods))
  const all = [...blocked.map(blockedWorkload), ...short]
  return all.sort(
    (a, b) =>
      order.indexOf(a.result) - order.indexOf(b.result) ||
      compareText(`${a.namespace}/${placeOf(a)}`, `${b.namespace}/${placeOf(b)}`),
  )
}

const order: readonly FoundWorkload['result'][] = ['Blocked', 'Denied', 'Missed', 'Outdated']

/** As kubectl names it: `deployment/web`. */
export function placeOf({ kind, name }: Pick<FoundWorkload, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`
}

function shortWorkload(pods: readonly FoundPod[]): FoundWorkload {
  const [first] = pods as [FoundPod, ...FoundPod[]]
  const workload = { ...workloadOf(first), namespace: first.namespace }
  const names = pods.map(({ name }) => name).sort()
  return {
    ...workload,
    result: first.kind,
    profiles: [...new Set(pods.flatMap(({ profiles }) => profiles))].sort(),
    why: first.message,
    fix:
      first.kind === 'Denied'
        ? explaining({ ...workload, pod: names[0] })
        : replacing(workload, names, first.kind),
    pods: names,
  }
}

function blockedWorkload({ namespace, kind, name, message }: BlockedWorkload): FoundWorkload {
  // The webhook did not answer: nothing is wrong with the workload.
  const isOutage = message.includes('failed calling webhook')
  const fix = isOutage ? 'pillion doctor' : explaining({ namespace, kind, name })
  return { namespace, kind, name, result: 'Blocked', profiles: [], why: message, fix, pods: [] }
}

/** Kinds that `explain` knows, and those that `kubectl rollout restart` restarts. */
const restarted: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])
const explained: ReadonlySet<string> = new Set([
  ...restarted,
  ...['Pod', 'ReplicaSet', 'ReplicationController', 'Job'],
])

interface Place extends Pick<FoundWorkload, 'namespace' | 'kind' | 'name'> {
  readonly pod?: string | undefined
}

function explaining({ namespace, kind, name, pod }: Place): string {
  if (explained.has(kind)) return `pillion explain ${placeOf({ kind, name })} -n ${namespace}`
  if (pod !== undefined) return `pillion explain pod/${pod} -n ${namespace}`
  return `kubectl get events -n ${namespace} --field-selector involvedObject.name=${name}`
}

function replacing(workload: Place, pods: readonly string[], result: ShortfallKind): string {
  const { namespace, kind, name } = workload
  if (restarted.has(kind)) return `kubectl rollout restart ${placeOf(workload)} -n ${namespace}`
  if (kind === 'Pod') {
    // What it got, together with its status, would count as given by an earlier request of the same admission.
    const uninject = result === 'Outdated' ? ' | pillion uninject -f -' : ''
    return `kubectl get pod ${name} -n ${namespace} -o yaml${uninject} | kubectl replace --force -f -`
  }
  if (kind === 'Job') return 'wait until it is over, or delete it and create it again'
  if (kind === 'CronJob') return 'wait for its next Job, which starts new Pods'
  // Another controller replaces a Pod that is deleted.
  return `kubectl delete pod ${pods.slice(0, mostNames).join(' ')} -n ${namespace}`
}

/** A line has room for some Pods; when these are replaced, the next run shows others. */
const mostNames = 5
