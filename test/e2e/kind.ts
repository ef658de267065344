import { dirname } from 'node:path'
import * as kind from '../../tools/kind/cluster.ts'
import { output, run } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { type Additions, describeRecordingCluster } from './audit.ts'
import { kubectlOf } from './kubectl.ts'

export { loadImages } from '../../tools/kind/cluster.ts'

/**
 * Creates a cluster, with DNS, whose credentials go to a file of their own, never to the user's, and whose API server
 * records what Pillion asks of it. KIND_NODE_IMAGE, KIND_CONFIG and KIND_NETWORK choose its version, shape and network: CONTRIBUTING.md.
 */
export async function createCluster(name: string, kubeconfig: string, additions?: Additions): Promise<void> {
  const { KIND_CONFIG, KIND_NETWORK: network } = process.env
  const base = additions?.base ?? KIND_CONFIG
  const config = await describeRecordingCluster(base, dirname(kubeconfig), additions)
  await kind.createCluster({ name, kubeconfig, config })
  const nodes = await nodesOf(name)
  if (network && nodes.length > 1) {
    await waitForSubnets(kubeconfig, nodes.length)
    await connect(network, name)
  }
  await Promise.all([keepServicesInside(nodes), waitForDns(kubeconfig)])
}

/** The controller manager gives each node its subnet: on a busy machine later than a command for a network waits. */
async function waitForSubnets(kubeconfig: string, nodes: number): Promise<void> {
  const subnets = ['get', 'nodes', '-o=jsonpath={.items[*].spec.podCIDR}']
  await until(
    'each node has a subnet',
    180_000,
    async () => (await kubectlOf(kubeconfig)(subnets)).split(' ').filter(Boolean).length === nodes,
    500,
  )
}

/** On a busy machine a node or CoreDNS may take longer than the command waits; a repetition starts from the beginning. */
async function connect(network: string, cluster: string): Promise<void> {
  const errors: string[] = []
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { code, stdout, stderr } = await run(network, [cluster])
    if (code === 0) return
    errors.push(`attempt ${attempt} ended with ${code}: ${stderr || stdout}`)
  }
  throw new Error(`${network} ${cluster} did not connect the nodes\n${errors.join('\n')}`)
}

/** The names of the containers that are the nodes of a cluster. */
export async function nodesOf(name: string): Promise<readonly string[]> {
  return (await output('kind', ['get', 'nodes', `--name=${name}`])).trim().split('\n')
}

export async function deleteCluster(name: string, kubeconfig: string): Promise<void> {
  await kind.deleteCluster({ name, kubeconfig })
}

/**
 * What a Pod sends to a Service that kube-proxy does not know yet is refused. Otherwise it leaves the node, and some
 * networks answer for any address. An address that kube-proxy knows is that of a Pod when the chain FORWARD sees it.
 */
async function keepServicesInside(nodes: readonly string[]): Promise<void> {
  const refuse = ['iptables', '-I', 'FORWARD', '-d', serviceSubnet, '-j', 'REJECT']
  await Promise.all(nodes.map(node => output('docker', ['exec', node, ...refuse])))
}

// The default of kind.
const serviceSubnet = '10.96.0.0/16'

/**
 * kind waits for the node only, but tests resolve the names of Services in Pods. A Pod of CoreDNS is ready once it
 * has the Services: https://coredns.io/plugins/kubernetes/#ready
 */
async function waitForDns(kubeconfig: string): Promise<void> {
  const rollout = ['rollout', 'status', 'deployment/coredns', '--timeout=180s']
  await kubectlOf(kubeconfig, 'kube-system')(rollout)
}
