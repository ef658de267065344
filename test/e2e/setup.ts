import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { image, provideImage } from '../../tools/kind/image.ts'
import { output } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { writeDiagnosis } from './diagnosis.ts'
import { install } from './install.ts'
import { createCluster, deleteCluster, loadImages } from './kind.ts'
import { type Kubectl, kubectlOf } from './kubectl.ts'

declare module 'vitest' {
  interface ProvidedContext {
    kubeconfig: string
    /** Its name. */
    cluster: string
  }
}

/** Of the catalog, and of the Pods that ask for it. */
const images = [
  'busybox:1.37',
  'curlimages/curl:8.11.0',
  'envoyproxy/envoy:v1.40.0',
  'nginx/nginx-prometheus-exporter:1.5',
  'nginx:1.29',
  'node:24-bookworm-slim',
  'oliver006/redis_exporter:v1.67.0',
  'otel/opentelemetry-collector-contrib:0.159.0',
  'prom/statsd-exporter:v0.31.0',
  'redis:7',
]

/** A cluster of this run's own with Pillion in it, and its end, after which nothing of it is left. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-e2e-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const cluster = `pillion-e2e-${process.pid}`
  const kubectl = kubectlOf(kubeconfig)
  const remove = async () => {
    process.off('exit', removeAtOnce)
    // Where that cannot be had the cluster goes all the same.
    await noPodStarts(kubectl).catch(() => {})
    await step(`cluster ${cluster} deleted`, () => deleteCluster(cluster, kubeconfig))
    await rm(directory, { recursive: true })
  }
  // Whoever interrupts vitest ends it without the end of this set-up.
  const removeAtOnce = () => {
    spawnSync('kind', ['delete', 'cluster', '--quiet', `--name=${cluster}`, `--kubeconfig=${kubeconfig}`])
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', removeAtOnce)
  const diagnose = async () => say(`what the cluster had to say is in ${await writeDiagnosis(kubectl)}`)
  try {
    await Promise.all([
      step(`cluster ${cluster} created`, () => createCluster(cluster, kubeconfig)),
      step(`image ${image} ready`, provideImage),
      step('the CLI built', async () => void (await output('npm', ['run', 'build']))),
    ])
    await step('images loaded', () => loadImages(cluster, [image, ...images]))
    await step('installed', () => install(kubectl))
  } catch (error) {
    await diagnose().finally(remove)
    throw error
  }
  project.provide('kubeconfig', kubeconfig)
  project.provide('cluster', cluster)
  return async () => {
    const hasFailed = project.vitest.state.getCountOfFailedTests() > 0
    await (hasFailed ? diagnose() : Promise.resolve()).finally(remove)
  }
}

/**
 * With cgroup v1 a container is frozen for a moment while it starts; a node that is killed right then cannot
 * be removed, because what is frozen does not die.
 */
function noPodStarts(kubectl: Kubectl): Promise<void> {
  const pending = ['get', 'pods', '--all-namespaces', '--field-selector=status.phase=Pending', '-o=name']
  return until('no Pod is starting', 60_000, async () => (await kubectl(pending)) === '', 500)
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  await work()
  say(`${what} in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
