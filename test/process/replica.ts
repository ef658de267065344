import type { Certificate } from './certificate.ts'
import type { Image } from './image.ts'
import { freePort, type Server, startServer } from './server.ts'

interface ReplicaWishes {
  readonly certificate: Certificate
  readonly image: Omit<Image, 'catalog'>
  /** A directory of profiles and no cluster, or a cluster with Pillion in the namespace `pillion`. */
  readonly source: { readonly profiles: string } | { readonly kubeconfig: string }
  /** Further flags of `pillion serve`, by name: `{ 'log-level': 'warn' }`. */
  readonly flags?: Readonly<Record<string, string | number>>
  readonly core?: number
}

/** A replica of Pillion with everything on that is on by default. Its log goes to /dev/null. */
export async function startReplica(wishes: ReplicaWishes): Promise<Server> {
  const { certificate, image, source, core } = wishes
  const port = await freePort()
  const flags = {
    ...('profiles' in source
      ? { cluster: 'false', profiles: source.profiles }
      : { cluster: 'true', namespace: 'pillion' }),
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
    command: [process.execPath, ...image.flags, image.program, 'serve', ...args],
    port,
    ca: certificate.ca,
    environment: { ...image.environment, ...('kubeconfig' in source && { KUBECONFIG: source.kubeconfig }) },
    ...(core !== undefined && { core }),
  })
}
