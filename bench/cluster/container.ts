import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../../test/apiserver/connection.ts'
import { until } from '../../test/apiserver/until.ts'
import { output, run } from '../../test/e2e/run.ts'
import { certificateIn } from '../../test/process/certificate.ts'
import { memoryOf } from '../../test/process/memory.ts'
import { freePort } from '../../test/process/server.ts'
import { load } from '../load/load.ts'
import { cpuMsOf } from '../process/cpu.ts'
import { serviceAccountPath, writeServiceAccount } from '../process/service-account.ts'
import { type MemoryUse, memoryUseOf } from './cgroup.ts'
import type { Webhook } from './registration.ts'

export interface Container extends Webhook {
  cpuMs(): Promise<number>
  /** `rssPeakMiB` is of the process alone. */
  memory(): Promise<MemoryUse & { readonly rssPeakMiB: number }>
}

export interface Limits {
  readonly memoryMiB: number
  readonly cpus: number
}

/**
 * Runs a replica while `measure` does, of the image (built anew) in a container by Docker on this machine: it
 * takes itself to be in a Pod of that API server's cluster, and watches its profiles and namespaces.
 */
export async function withContainer<T>(
  cluster: Address,
  { memoryMiB, cpus }: Limits,
  measure: (container: Container) => Promise<T>,
): Promise<T> {
  await output('docker', ['build', '--network=host', '--quiet', `--tag=${image}`, '.'])
  await using started = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-bench-'))
  started.defer(() => rm(directory, { recursive: true }))
  const certificate = await certificateIn(directory)
  await writeServiceAccount(directory, cluster)
  // For the container's user.
  await Promise.all([chmod(directory, 0o755), chmod(certificate.keyFile, 0o644)])
  const [port, metricsPort] = [await freePort(), await freePort()]
  const id = await docker([
    'run',
    '--detach',
    '--network=host',
    `--cpus=${cpus}`,
    `--memory=${memoryMiB}m`,
    // No swap.
    `--memory-swap=${memoryMiB}m`,
    `--volume=${directory}:${serviceAccountPath}:ro`,
    '--env=KUBERNETES_SERVICE_HOST=127.0.0.1',
    `--env=KUBERNETES_SERVICE_PORT=${new URL(cluster.url).port}`,
    image,
    'serve',
    ...flagsFor(port, metricsPort),
  ])
  started.defer(async () => void (await run('docker', ['rm', '--force', id])))
  const url = `https://127.0.0.1:${port}`
  await ready(id, url, certificate.ca)
  const pid = Number(await docker(['inspect', '--format={{.State.Pid}}', id]))
  return await measure({
    url,
    ca: certificate.ca,
    cpuMs: () => cpuMsOf(pid),
    memory: async () => ({ ...(await memoryUseOf(pid)), rssPeakMiB: (await memoryOf(pid)).peakMb }),
  })
}

const image = 'pillion:bench'

async function docker(args: readonly string[]): Promise<string> {
  return (await output('docker', args)).trim()
}

function flagsFor(port: number, metricsPort: number): string[] {
  const flags = {
    host: '127.0.0.1',
    port,
    'metrics-port': metricsPort,
    'tls-cert': `${serviceAccountPath}/tls.crt`,
    'tls-key': `${serviceAccountPath}/tls.key`,
  }
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
}

async function ready(id: string, url: string, ca: string): Promise<void> {
  const asking = { url: `${url}/readyz`, ca, method: 'GET', connections: 1, requests: 1 }
  const isReady = async () => (await load(asking).catch(() => undefined))?.errors === 0
  await until('the replica is ready', 60_000, isReady, 100).catch(async error => {
    const { stdout, stderr } = await run('docker', ['logs', '--tail=20', id])
    throw new Error(`${error.message}\n${stdout}${stderr}`)
  })
}
