import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Pod } from '../../engine/pod.ts'
import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { didYouMean } from '../../problems/nearest.ts'
import { controllerIn } from '../../profile/rollout/workload.ts'
import type { LabelSelector } from '../../profile/schema/core-schema.ts'
import { Failure } from '../io.ts'
import type { LiveCluster, Seen } from './live-cluster.ts'

/** A workload in a cluster: its kind, its name and its path. */
interface WorkloadReference {
  readonly kind: string
  readonly name: string
  path(namespace: string): string
}

/**
 * The workload of `TYPE NAME` or `TYPE/NAME`, as in kubectl: singular, plural or short name, with or without the group.
 * Ends the command when there is no such type, or the name is not valid.
 */
export function workloadNamed(words: readonly string[]): WorkloadReference {
  const { type, name } = wordsOf(words)
  const found = rowNamed(type)
  if (!found) {
    const allNames = kinds.flatMap(({ names }) => names)
    throw new Failure(
      2,
      `${JSON.stringify(type)} is not a type that creates Pods${didYouMean(plainType(type), allNames)} (${typeList()})`,
    )
  }
  const { kind, group, names } = found
  const [singular, plural] = names
  if (!objectName.test(name))
    throw new Failure(2, `${JSON.stringify(name)} is not a valid name of a ${singular}`)
  return {
    kind,
    name,
    path: namespace => `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}/${name}`,
  }
}

/** The type and the name of a workload, from `TYPE NAME` or `TYPE/NAME`. Ends the command if the words are neither. */
export function wordsOf(words: readonly string[]): { readonly type: string; readonly name: string } {
  const [type = '', name, ...others] = words.flatMap((word, i) => (i === 0 ? word.split('/') : [word]))
  if (!name || others.length > 0)
    throw new Failure(2, `name one workload, as TYPE NAME or TYPE/NAME, with one of the types ${typeList()}`)
  return { type, name }
}

/** The kind of a type as a user writes it: `Deployment` for `deploy`; undefined for a custom resource. */
export function kindNamed(type: string): string | undefined {
  return rowNamed(type)?.kind
}

function rowNamed(type: string) {
  return kinds.find(({ names }) => names.includes(plainType(type)))
}

/** Without the group. */
function plainType(type: string): string {
  return type.toLowerCase().split('.', 1)[0] ?? ''
}

function typeList(): string {
  return kinds.map(({ names: [singular] }) => singular).join(', ')
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
const objectName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

const [core, apps, batch] = ['/api/v1', '/apis/apps/v1', '/apis/batch/v1'] as const

const kinds: readonly { readonly kind: string; readonly group: string; readonly names: readonly string[] }[] =
  [
    { kind: 'Pod', group: core, names: ['pod', 'pods', 'po'] },
    { kind: 'Deployment', group: apps, names: ['deployment', 'deployments', 'deploy'] },
    { kind: 'StatefulSet', group: apps, names: ['statefulset', 'statefulsets', 'sts'] },
    { kind: 'DaemonSet', group: apps, names: ['daemonset', 'daemonsets', 'ds'] },
    { kind: 'ReplicaSet', group: apps, names: ['replicaset', 'replicasets', 'rs'] },
    {
      kind: 'ReplicationController',
      group: core,
      names: ['replicationcontroller', 'replicationcontrollers', 'rc'],
    },
    { kind: 'Job', group: batch, names: ['job', 'jobs'] },
    { kind: 'CronJob', group: batch, names: ['cronjob', 'cronjobs', 'cj'] },
  ]

/** The types of workloads, as a user writes them. */
export const workloadTypes: readonly string[] = kinds.map(({ names: [singular] }) => String(singular))

/** The Pods of a workload, as far as they can be read; the Pod itself when the workload is one. */
export async function podsOf(
  cluster: LiveCluster,
  object: JsonObject,
  namespace: string,
): Promise<Seen<readonly Pod[]>> {
  if (object['kind'] === 'Pod') return { state: 'there', value: [object as Pod] }
  const labelSelector = podSelectorOf(object)
  if (!labelSelector) return { state: 'absent' }
  const seen = await cluster.list(`/api/v1/namespaces/${namespace}/pods`, { labelSelector })
  if (seen.state !== 'there') return seen
  return { ...seen, value: seen.value.filter(pod => checkPodShape(pod).length === 0) as readonly Pod[] }
}

/** The label selector of a workload's Pods as a query; undefined when it has none. */
export function podSelectorOf({ kind, spec }: JsonObject): string | undefined {
  const selector = isObject(spec) ? spec['selector'] : undefined
  if (!isObject(selector)) return undefined
  if (kind === 'ReplicationController')
    return Object.entries(selector)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(',')
  const { matchLabels = {}, matchExpressions = [] } = selector as unknown as LabelSelector
  const equals = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equals, ...expressions].join(',')
}

/**
 * How to replace the Pods of a workload, so that they get what they lack. Follows owners, because the Pods of a
 * ReplicaSet are restarted by its Deployment.
 */
export async function restartOf(
  cluster: LiveCluster,
  object: JsonObject,
  namespace: string,
  /** How many owners are followed: anybody can write owners that own each other. */
  left = 3,
): Promise<string> {
  const kind = String(object['kind'])
  const { name, ownerReferences } = metadataOf(object)
  if (['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    return `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`
  if (kind === 'CronJob') return 'wait for its next Job, which starts new Pods'
  const owner = controllerIn(ownerReferences)
  if (owner) {
    const known = kinds.find(each => each.kind === owner.kind)
    const path = `${known?.group}/namespaces/${namespace}/${known?.names[1]}/${owner.name}`
    const seen = known && left > 0 ? await cluster.get(path) : undefined
    if (seen?.state === 'there')
      return restartOf(cluster, { ...seen.value, kind: known?.kind }, namespace, left - 1)
    if (kind === 'Pod')
      return `kubectl -n ${namespace} delete pod ${name}: its ${owner.kind} ${owner.name} creates a new one`
  }
  if (kind === 'Job') return `delete the Job ${name} and create it again`
  if (kind === 'Pod') return `delete the Pod ${name} and create it again: it has no owner`
  return `delete the Pods of ${kind} ${name}: it creates new ones`
}
