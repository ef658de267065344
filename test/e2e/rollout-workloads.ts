import { until } from '../apiserver/until.ts'
import type { Kubectl } from './kubectl.ts'
import { busyboxDeployment, busyboxPod } from './pod.ts'
import { type PodState, podStates } from './watched-pods.ts'

const asks = { 'pillion.dev/inject': 'log-tail' }

/** Numbers of the workloads that get `log-tail`, and of their Pods in a cluster with so many nodes for Pods. */
export const deployments = 20
export const replicasEach = 2
export function podCount(nodes: number): number {
  return deployments * replicasEach + statefulReplicas + nodes + 1
}

const statefulReplicas = 2

/** The names of the workloads, which their Pods have in the label `app`. */
export const workloads: readonly string[] = [
  ...Array.from({ length: deployments }, (_, i) => `web-${String(i + 1).padStart(2, '0')}`),
  ...['db', 'agent', 'bare'],
]

/** Creates 20 Deployments, a StatefulSet, a DaemonSet and a bare Pod, and waits until their Pods are ready. */
export async function createWorkloads(kubectl: Kubectl, nodes: number): Promise<void> {
  const { spec } = JSON.parse(busyboxDeployment('any', asks)) as { spec: { template: { spec: object } } }
  const controller = (kind: string, name: string, more: object) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, annotations: asks }, spec: spec.template.spec },
      ...more,
    },
  })
  const bare = JSON.parse(busyboxPod('bare', asks)) as { metadata: object }
  const items = [
    ...workloads
      .filter(name => name.startsWith('web-'))
      .map(name => controller('Deployment', name, { replicas: replicasEach })),
    controller('StatefulSet', 'db', {
      replicas: statefulReplicas,
      serviceName: 'db',
      podManagementPolicy: 'Parallel',
    }),
    controller('DaemonSet', 'agent', {}),
    { ...bare, metadata: { ...bare.metadata, labels: { app: 'bare' } } },
  ]
  await kubectl(['apply', '-f=-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  await allReady(kubectl, nodes)
}

/** Waits until all Pods are ready, and gives them. */
export async function allReady(kubectl: Kubectl, nodes: number): Promise<ReadonlyMap<string, PodState>> {
  let pods: ReadonlyMap<string, PodState> = new Map()
  await until(
    'all Pods are ready',
    120_000,
    async () => {
      pods = await podStates(kubectl)
      return pods.size === podCount(nodes) && [...pods.values()].every(({ isReady }) => isReady)
    },
    500,
  )
  return pods
}

/** The workloads whose Pods have a revision. Throws if one has Pods of two. */
export function workloadsWith(pods: ReadonlyMap<string, PodState>, revision: string): readonly string[] {
  const byApp = Map.groupBy(pods.values(), ({ app }) => app)
  const mixed = [...byApp].filter(([, all]) => new Set(all.map(pod => pod.revision)).size > 1)
  if (mixed.length > 0) throw new Error(`${mixed.map(([app]) => app).join(', ')} has Pods of two revisions`)
  return [...byApp]
    .filter(([, [first]]) => first?.revision === revision)
    .map(([app]) => app)
    .sort()
}
