import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { nearest } from '../../problems/nearest.ts'
import type { LabelSelector } from '../../profile/schema/schema.ts'
import type { LiveCluster } from './live-cluster.ts'

/** Which workload is meant: its kind, where the API server has it, and its name. */
export interface WorkloadReference {
  readonly kind: string
  readonly name: string
  path(namespace: string): string
}

/**
 * The workload that `TYPE NAME` or `TYPE/NAME` names, as kubectl takes it: singular, plural, short name, with or
 * without the group. Refuses in a sentence.
 */
export function workloadNamed(words: readonly string[]): WorkloadReference | { readonly problem: string } {
  const [type = '', name, ...others] = words.flatMap((word, i) => (i === 0 ? word.split('/') : [word]))
  if (!name || others.length > 0)
    return { problem: `one workload is wanted, as TYPE NAME or TYPE/NAME: ${kindNames.join(', ')}` }
  const [plain = ''] = type.toLowerCase().split('.')
  const found = kinds.find(({ names }) => names.includes(plain))
  if (!found) {
    const meant = nearest(
      plain,
      kinds.flatMap(({ names }) => names),
    )
    const suggestion = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
    return {
      problem: `${JSON.stringify(type)} makes no Pods that are known here${suggestion} (${kindNames.join(', ')})`,
    }
  }
  const { kind, group, names } = found
  const [singular, plural] = names
  if (!objectName.test(name)) return { problem: `${JSON.stringify(name)} is no name of a ${singular}` }
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

/** The selector of a workload's Pods as a query; undefined for a workload that has none. */
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
 * How the Pods of a workload are replaced, which is how they get what they lack. A Pod's owner is asked for,
 * because of a ReplicaSet it is the Deployment that restarts.
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
  if (kind === 'CronJob') return 'its next Job starts new Pods'
  if (owner) {
    const reference = workloadNamed([owner.kind, owner.name])
    const seen = 'path' in reference ? await cluster.get(reference.path(namespace)) : undefined
    if (seen?.state === 'there') return restartOf(cluster, { ...seen.value, kind: owner.kind }, namespace)
    if (kind === 'Pod')
      return `kubectl ${flag} delete pod ${name}: its ${owner.kind} ${owner.name} makes a new one`
  }
  if (kind === 'Job') return `delete the Job ${name} and create it again`
  if (kind === 'Pod') return `delete the Pod ${name} and create it again: nothing owns it`
  return `delete the Pods of ${kind} ${name}: it makes new ones`
}

function identityOf({ kind, metadata }: JsonObject) {
  const { name, ownerReferences } = isObject(metadata) ? metadata : {}
  const owners: readonly Json[] = Array.isArray(ownerReferences) ? ownerReferences : []
  const owner = owners.filter(isObject).find(({ controller }) => controller === true)
  return {
    kind: String(kind),
    name: String(name),
    ...(owner && { owner: { kind: String(owner['kind']), name: String(owner['name']) } }),
  }
}
