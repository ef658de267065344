import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { type Image, program } from './image.ts'
import { freePort, type Server, startServer } from './server.ts'

export interface ReplicaWishes {
  readonly certificate: Certificate
  readonly image: Image
  /** A directory of profiles; the catalog when absent. */
  readonly profiles?: string
  /** Further flags of `pillion serve`, by name: `{ 'log-level': 'warn' }`. */
  readonly flags?: Readonly<Record<string, string | number>>
  /** Over the image's. */
  readonly environment?: NodeJS.ProcessEnv
  readonly core?: number
}

/** A replica of Pillion in no cluster, with everything on that is on by default: its log goes to /dev/null. */
export async function startReplica(wishes: ReplicaWishes): Promise<Server> {
  const { certificate, image, profiles = catalog, core } = wishes
  const port = await freePort()
  const flags = {
    cluster: 'false',
    profiles,
    'tls-cert': certificate.certFile,
    'tls-key': certificate.keyFile,
    host: '127.0.0.1',
    port,
    'metrics-port': 0,
    'drain-delay-ms': 0,
    ...wishes.flags,
  }
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  return startServer({
    command: [process.execPath, ...image.flags, program, 'serve', ...args],
    port,
    ca: certificate.ca,
    environment: { ...image.environment, ...wishes.environment },
    ...(core !== undefined && { core }),
  })
}

const catalog = join(import.meta.dirname, '../../catalog')
