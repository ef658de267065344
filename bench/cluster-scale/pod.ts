import { join } from 'node:path'
import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import type { Certificate } from '../../test/process/certificate.ts'
import { type Image, program } from '../../test/process/image.ts'
import { freePort, type Server, startServer } from '../../test/process/server.ts'
import { installedIn, serviceAccountPath, writeServiceAccount } from '../process/service-account.ts'

/** Where a process is to believe that it is in a Pod. */
export interface PodOfCluster {
  readonly certificate: Certificate
  readonly image: Image
  /** What a process in a Pod is started with: flags of Node, and its environment. */
  readonly nodeFlags: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** A Pod of a cluster's namespace `pillion`, which is created, with a file system of its own in that directory. */
export async function podOf(
  cluster: ApiServer,
  {
    directory,
    certificate,
    image,
  }: { readonly directory: string } & Pick<PodOfCluster, 'certificate' | 'image'>,
): Promise<PodOfCluster> {
  await cluster.createNamespace(installedIn)
  await writeServiceAccount(join(directory, serviceAccountPath), cluster)
  return {
    certificate,
    image,
    nodeFlags: [
      ...image.flags,
      ...(process.env['NODE_FLAGS'] ?? '').split(' ').filter(Boolean),
      '--import',
      join(import.meta.dirname, 'in-a-pod.js'),
    ],
    environment: {
      ...image.environment,
      POD_ROOT: directory,
      // No kubeconfig.
      HOME: directory,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: new URL(cluster.url).port,
    },
  }
}

/** Pillion in that Pod: what it reports and logs by default goes nowhere, but warnings are seen. */
export async function startPillion({ certificate, nodeFlags, environment }: PodOfCluster): Promise<Server> {
  const port = await freePort()
  const flags = {
    host: '127.0.0.1',
    port,
    'metrics-port': 0,
    'tls-cert': certificate.certFile,
    'tls-key': certificate.keyFile,
    'drain-delay-ms': 0,
  }
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  return startServer({
    command: [process.execPath, ...nodeFlags, program, 'serve', ...args],
    port,
    ca: certificate.ca,
    environment,
  })
}
