import { join } from 'node:path'
import { hasBuildKit } from '../../tools/kind/image.ts'
import { waitUntilReached } from '../../tools/kind/reached.ts'
import { output, type Ran, root, run } from '../../tools/kind/run.ts'
import { type ChartCluster, chart, createEmptyCluster } from './chart.ts'
import { nodesOf } from './kind.ts'

/** The images between which profiles change. The container of `crash` ends at once, whatever it runs. */
export const images = {
  first: 'pillion-e2e-sidecar:1',
  second: 'pillion-e2e-sidecar:2',
  third: 'pillion-e2e-sidecar:3',
  crash: 'pillion-e2e-sidecar:crash',
  /** No node has it, and there is no registry. */
  missing: 'pillion-e2e-sidecar:missing',
} as const

export interface RolloutCluster extends ChartCluster {
  readonly name: string
  readonly nodes: readonly string[]
  /** The command line of Pillion in this cluster. */
  pillion(...args: readonly string[]): Promise<Ran>
}

/**
 * A cluster of its own for rollouts: with the chart and `rollout.enabled`, and with three nodes, as far as the machine can
 * make them.
 */
export async function createRolloutCluster(name: string): Promise<RolloutCluster> {
  await Promise.all(Object.entries(dockerfiles).map(([tag, lines]) => build(tag, lines)))
  await provideEarlier()
  const { KIND_CONFIG, KIND_CONFIG_3 } = process.env
  // A machine that needs a configuration of its own for one node cannot have that of the repository for three.
  const base = KIND_CONFIG_3 ?? KIND_CONFIG ?? join(root, 'test/e2e/three-nodes.yaml')
  const loaded = ['busybox:1.37', earlier, ...Object.keys(dockerfiles)]
  const cluster = await createEmptyCluster(name, { base }, loaded)
  try {
    await cluster.helm([
      ...[
        'install',
        'pillion',
        chart,
        '--namespace=pillion',
        '--create-namespace',
        '--wait',
        '--timeout=180s',
      ],
      ...['--set=rollout.enabled=true', '--set=rollout.podsPerMinute=600'],
    ])
    await waitUntilReached((args, stdin) => cluster.kubectl.attempt(args, { stdin }))
    const nodes = await nodesOf(name)
    return {
      ...cluster,
      name,
      nodes,
      pillion: (...args) => cluster.attempt('node', ['dist/pillion.js', ...args]),
    }
  } catch (error) {
    await cluster.remove()
    throw error
  }
}

/** Three images with different IDs, and one whose shell ends with an error. */
const dockerfiles: Readonly<Record<string, readonly string[]>> = {
  [images.first]: ['LABEL version=1'],
  [images.second]: ['LABEL version=2'],
  [images.third]: ['LABEL version=3'],
  [images.crash]: [
    `RUN ["/bin/busybox", "sh", "-c", "rm /bin/sh && echo '#!/bin/busybox false' > /bin/sh && chmod 755 /bin/sh"]`,
  ],
}

/** The image with which the story of docs/tutorials/roll-out-a-change.md begins. */
const earlier = 'busybox:1.36'

/** Where it cannot be pulled, another image takes its name. */
async function provideEarlier(): Promise<void> {
  const isHere = (await run('docker', ['image', 'inspect', earlier])).code === 0
  if (isHere || (await run('docker', ['pull', '--quiet', earlier])).code === 0) return
  await output('docker', ['tag', images.first, earlier])
}

async function build(tag: string, lines: readonly string[]): Promise<void> {
  const stdin = ['FROM busybox:1.37', ...lines, ''].join('\n')
  const environment: Readonly<Record<string, string>> = (await hasBuildKit()) ? {} : { DOCKER_BUILDKIT: '0' }
  await output('docker', ['build', '--quiet', `--tag=${tag}`, '-'], { stdin, environment })
}
