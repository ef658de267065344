import { output, run } from './run.ts'

export interface ClusterOptions {
  readonly name: string
  /** File of a kind configuration. */
  readonly config?: string | undefined
  /** File for the credentials, in place of the user's. */
  readonly kubeconfig?: string | undefined
}

/** Creates a cluster, and waits until its node is ready. KIND_NODE_IMAGE chooses its version: CONTRIBUTING.md. */
export async function createCluster({ name, config, kubeconfig }: ClusterOptions): Promise<void> {
  const { KIND_NODE_IMAGE: image } = process.env
  await output('kind', [
    'create',
    'cluster',
    '--quiet',
    '--wait=180s',
    ...namedBy({ name, kubeconfig }),
    ...(config ? [`--config=${config}`] : []),
    ...(image ? [`--image=${image}`] : []),
  ])
}

export async function deleteCluster(options: ClusterOptions): Promise<void> {
  await output('kind', ['delete', 'cluster', ...namedBy(options)])
}

/** Copies images into the cluster. If an image is not on this machine, the cluster pulls it itself. */
export async function loadImages(cluster: string, images: readonly string[]): Promise<void> {
  const found = await Promise.all(images.map(image => run('docker', ['image', 'inspect', image])))
  const here = images.filter((_, i) => found[i]?.code === 0)
  if (here.length > 0) await output('kind', ['load', 'docker-image', `--name=${cluster}`, ...here])
}

function namedBy({ name, kubeconfig }: ClusterOptions): readonly string[] {
  return [`--name=${name}`, ...(kubeconfig ? [`--kubeconfig=${kubeconfig}`] : [])]
}
