import { isObject, type JsonObject, metadataOf, objectsIn } from '../../json/json.ts'
import { nearest } from '../../problems/nearest.ts'
import type { LabelSelector } from '../../profile/schema/schema.ts'
import type { LiveCluster } from './live-cluster.ts'

/** A workload in a cluster: its kind, its name and its path. */
export interface WorkloadReference {
  readonly kind: string
  readonly name: string
  path(namespace: string): string
}

/**
 * The workload of `TYPE NAME` or `TYPE/NAME`, as in kubectl: singular, plural or short name, with or without the group. A
 * problem when there is no such type, or the name is not valid.
 */
export function workloadNamed(words: readonly string[]): WorkloadReference | { readonly problem: string } {
  const [type = '', name, ...others] = words.flatMap((word, i) => (i === 0 ? word.split('/') : [word]))
  if (!name || others.length > 0)
    return {
      problem: `name one workload, as TYPE NAME or TYPE/NAME, with one of the types ${kindNames.join(', ')}`,
    }
  const [plain = ''] = type.toLowerCase().split('.')
  const found = kinds.find(({ names }) => names.includes(plain))
  if (!found) {
    const meant = nearest(
      plain,
      kinds.flatMap(({ names }) => names),
    )
    const suggestion = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
    return {
      problem: `${JSON.stringify(type)} is not a type that creates Pods${suggestion} (${kindNames.join(', ')})`,
    }
  }
  const { kind, group, names } = found
  const [singular, plural] = names
  if (!objectName.test(name))
    return { problem: `${JSON.stringify(name)} is not a valid name of a ${singular}` }
  return {
    kind,
    name,
    path: namespace => `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}/${name}`,
  }
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
const objectName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

const kinds: readonly { readonly kind: string; readonly group: string; readonly names: readonly string[] }[] =
  [
    { kind: 'Pod', group: '/api/v1', names: ['pod', 'pods', 'po'] },
    { kind: 'Deployment', group: '/apis/apps/v1', names: ['deployment', 'deployments', 'deploy'] },
    { kind: 'StatefulSet', group: '/apis/apps/v1', names: ['statefulset', 'statefulsets', 'sts'] },
    { kind: 'DaemonSet', group: '/apis/apps/v1', names: ['daemonset', 'daemonsets', 'ds'] },
    { kind: 'ReplicaSet', group: '/apis/apps/v1', names: ['replicaset', 'replicasets', 'rs'] },
    {
      kind: 'ReplicationController',
      group: '/api/v1',
      names: ['replicationcontroller', 'replicationcontrollers', 'rc'],
    },
    { kind: 'Job', group: '/apis/batch/v1', names: ['job', 'jobs'] },
    { kind: 'CronJob', group: '/apis/batch/v1', names: ['cronjob', 'cronjobs', 'cj'] },
  ]

const kindNames = kinds.map(({ names: [name = ''] }) => name)

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
): Promise<string> {
  const { kind, name, owner } = identityOf(object)
  const flag = `-n ${namespace}`
  if (['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    return `kubectl ${flag} rollout restart ${kind.toLowerCase()}/${name}`
  if (kind === 'CronJob') return 'wait for its next Job, which starts new Pods'
  if (owner) {
    const reference = workloadNamed([owner.kind, owner.name])
    const seen = 'path' in reference ? await cluster.get(reference.path(namespace)) : undefined
    if (seen?.state === 'there') return restartOf(cluster, { ...seen.value, kind: owner.kind }, namespace)
    if (kind === 'Pod')
      return `kubectl ${flag} delete pod ${name}: its ${owner.kind} ${owner.name} creates a new one`
  }
  if (kind === 'Job') return `delete the Job ${name} and create it again`
  if (kind === 'Pod') return `delete the Pod ${name} and create it again: it has no owner`
  return `delete the Pods of ${kind} ${name}: it creates new ones`
}

function identityOf(object: JsonObject) {
  const { name, ownerReferences } = metadataOf(object)
  const owner = objectsIn(ownerReferences).find(({ controller }) => controller === true)
  return {
    kind: String(object['kind']),
    name: String(name),
    ...(owner && { owner: { kind: String(owner['kind']), name: String(owner['name']) } }),
  }
}
