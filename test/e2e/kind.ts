import { dirname } from 'node:path'
import { type Additions, describeRecordingCluster } from './audit.ts'
import { kubectlOf } from './kubectl.ts'
import { output, run } from './run.ts'

/**
 * Creates a cluster, with DNS, whose credentials go to a file of their own, never to the user's, and whose API server
 * records what Pillion asks of it. KIND_NODE_IMAGE and KIND_CONFIG choose its version and shape: CONTRIBUTING.md.
 */
export async function createCluster(name: string, kubeconfig: string, additions?: Additions): Promise<void> {
  const { KIND_NODE_IMAGE: image, KIND_CONFIG: base } = process.env
  const config = await describeRecordingCluster(base, dirname(kubeconfig), additions)
  await output('kind', [
    'create',
    'cluster',
    '--quiet',
    `--name=${name}`,
    `--kubeconfig=${kubeconfig}`,
    '--wait=180s',
    `--config=${config}`,
    ...(image ? [`--image=${image}`] : []),
  ])
  await waitForDns(kubeconfig)
}

export async function deleteCluster(name: string, kubeconfig: string): Promise<void> {
  await output('kind', ['delete', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfig}`])
}

/** Copies images into the cluster. One that is not here the cluster pulls itself, if it can. */
export async function loadImages(cluster: string, images: readonly string[]): Promise<void> {
  const found = await Promise.all(images.map(image => run('docker', ['image', 'inspect', image])))
  const here = images.filter((_, i) => found[i]?.code === 0)
  await output('kind', ['load', 'docker-image', `--name=${cluster}`, ...here])
}

/**
 * kind waits for the node only, but tests resolve the names of Services in Pods. A Pod of CoreDNS is ready once it
 * has the Services: https://coredns.io/plugins/kubernetes/#ready
 */
async function waitForDns(kubeconfig: string): Promise<void> {
  const rollout = ['rollout', 'status', 'deployment/coredns', '--timeout=180s']
  await kubectlOf(kubeconfig, 'kube-system')(rollout)
}
