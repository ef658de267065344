import { dirname } from 'node:path'
import * as kind from '../../tools/kind/cluster.ts'
import { output } from '../../tools/kind/run.ts'
import { type Additions, describeRecordingCluster } from './audit.ts'
import { kubectlOf } from './kubectl.ts'

export { loadImages } from '../../tools/kind/cluster.ts'

/**
 * Creates a cluster, with DNS, whose credentials go to a file of their own, never to the user's, and whose API server
 * records what Pillion asks of it. KIND_NODE_IMAGE and KIND_CONFIG choose its version and shape: CONTRIBUTING.md.
 */
export async function createCluster(name: string, kubeconfig: string, additions?: Additions): Promise<void> {
  const config = await describeRecordingCluster(process.env['KIND_CONFIG'], dirname(kubeconfig), additions)
  await kind.createCluster({ name, kubeconfig, config })
  await Promise.all([keepServicesInside(name), waitForDns(kubeconfig)])
}

export async function deleteCluster(name: string, kubeconfig: string): Promise<void> {
  await kind.deleteCluster({ name, kubeconfig })
}

/**
 * What a Pod sends to a Service that kube-proxy does not know yet is refused. Otherwise it leaves the node, and some
 * networks answer for any address. An address that kube-proxy knows is that of a Pod when the chain FORWARD sees it.
 */
async function keepServicesInside(name: string): Promise<void> {
  const nodes = (await output('kind', ['get', 'nodes', `--name=${name}`])).trim().split('\n')
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
