import { join } from 'node:path'
import { defaultAccess } from '../../src/cluster/api/access.ts'
import { type Api, apiAt } from '../../src/cluster/api/api.ts'
import { image, provideImage } from '../../tools/kind/image.ts'
import { waitUntilReached } from '../../tools/kind/reached.ts'
import { output, root } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { type ChartCluster, chart, createEmptyCluster, laterVersion } from './chart.ts'
import { loadImages, nodesOf } from './kind.ts'

export interface FaultCluster extends ChartCluster {
  readonly name: string
  readonly api: Api
  /** Version of the API server. */
  readonly kubernetes: string
  /** The nodes that run Pods. */
  readonly workers: readonly string[]
  /** Runs a script in a node, and gives what it printed. */
  inNode(node: string, script: string, ...args: readonly string[]): Promise<string>
  /** The replicas that are not being deleted. */
  replicas(): Promise<readonly Replica[]>
  /** The replica that leads. Waits until there is one. */
  leader(): Promise<Replica>
  /** Waits until two replicas are ready, the others are gone, and the API server's calls go to these two. */
  settled(): Promise<void>
}

export interface Replica {
  readonly name: string
  readonly node: string
  readonly ip: string
  readonly isReady: boolean
  /** When its container started, or '' while it does not run. */
  readonly startedAt: string
}

export const chartFlags = [
  '--namespace=pillion',
  '--wait',
  '--timeout=180s',
  '--set=webhook.failurePolicy=Fail',
  '--set=rollout.enabled=true',
  // The tests edit profiles. Helm does not upgrade over an edit.
  '--set=catalog.enabled=false',
]

/** A cluster for faults: three nodes if the machine can make them, and the chart with `failurePolicy: Fail`. */
export async function createFaultCluster(name: string): Promise<FaultCluster> {
  await provideImage()
  const { KIND_CONFIG, KIND_CONFIG_3 } = process.env
  const base = KIND_CONFIG_3 ?? KIND_CONFIG ?? join(root, 'test/e2e/three-nodes.yaml')
  const later = `${image.split(':')[0]}:${laterVersion}`
  await output('docker', ['tag', image, later])
  const cluster = await createEmptyCluster(name, { base }, ['busybox:1.37'])
  try {
    await loadImages(name, [later])
    await cluster.helm(['install', 'pillion', chart, '--create-namespace', ...chartFlags])
    await cluster.kubectl(['apply', '-k=catalog/'])
    // The first accepted revision of a profile has no canary.
    await cluster.kubectl(['wait', '--for=condition=Accepted', 'csp', '--all', '--timeout=120s'])
    await waitUntilReached((args, stdin) => cluster.kubectl.attempt(args, { stdin }))
    return await faultCluster(name, cluster)
  } catch (error) {
    await cluster.remove()
    throw error
  }
}

async function faultCluster(name: string, cluster: ChartCluster): Promise<FaultCluster> {
  const pillion = cluster.kubectl.in('pillion')
  const nodes = await nodesOf(name)
  const version = JSON.parse(await cluster.kubectl(['version', '-o=json']))

  async function replicas(): Promise<readonly Replica[]> {
    const selected = ['get', 'pods', '-l=app.kubernetes.io/component=server', '-o=json']
    const { items } = JSON.parse(await pillion(selected)) as { items: readonly RawReplica[] }
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({
        name: metadata.name,
        node: spec.nodeName ?? '',
        ip: status.podIP ?? '',
        isReady: (status.conditions ?? []).some(each => each.type === 'Ready' && each.status === 'True'),
        startedAt: status.containerStatuses?.[0]?.state?.running?.startedAt ?? '',
      }))
  }

  const inNode = (node: string, script: string, ...args: readonly string[]) =>
    output('docker', ['exec', node, 'sh', '-ec', script, ...args])

  /** Where kube-proxy sends calls of the API server: a replica has another address after its node was restarted. */
  async function called(): Promise<readonly string[]> {
    const rules = await inNode(`${name}-control-plane`, "iptables-save -t nat | grep -- '-j DNAT' || true")
    return rules
      .split('\n')
      .filter(rule => rule.includes('pillion/pillion:https'))
      .map(rule => /--to-destination ([\d.]+):/.exec(rule)?.[1] ?? rule)
      .sort()
  }

  return {
    ...cluster,
    name,
    // As long as the API server itself waits.
    api: apiAt(defaultAccess({ kubeconfig: cluster.kubeconfig }), 60_000),
    kubernetes: version.serverVersion.gitVersion,
    workers: nodes.length > 1 ? nodes.filter(node => !node.endsWith('control-plane')) : nodes,
    inNode,
    replicas,
    async leader() {
      let found: Replica | undefined
      await until('a replica leads', 60_000, async () => {
        const holder = await pillion(['get', 'lease', 'pillion', '-o=jsonpath={.spec.holderIdentity}'])
        found = (await replicas()).find(replica => replica.name === holder.split('_')[0])
        return found !== undefined
      })
      return found as Replica
    },
    async settled() {
      await pillion(['rollout', 'status', 'deployment/pillion', '--timeout=180s'])
      const all = ['get', 'pods', '-l=app.kubernetes.io/component=server', '-o=name']
      await until(
        'two replicas are ready, and the others are gone',
        60_000,
        async () => {
          const count = (await pillion(all)).trim().split('\n').length
          return count === 2 && (await replicas()).filter(({ isReady }) => isReady).length === 2
        },
        500,
      )
      await until(
        'kube-proxy sends calls to them alone',
        60_000,
        async () => {
          const ips = (await replicas()).map(({ ip }) => ip).sort()
          return JSON.stringify(await called()) === JSON.stringify(ips)
        },
        500,
      )
    },
  }
}

interface RawReplica {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly {
      readonly state?: { readonly running?: { readonly startedAt: string } }
    }[]
  }
}
