import type { ClusterConnection } from '../cluster/cluster.ts'
import { type Pair, pairIn } from './certificate.ts'
import { followFiles, type Renewals, readFiles } from './file-bytes.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The certificate that the server uses, and its successors. */
interface CertificateSource {
  pair(): Pair
  readonly readiness: ReadinessCheck
  /** Whether every webhook configuration trusts it; absent for a certificate in files. */
  readonly isTrusted?: () => boolean
}

/**
 * The pair in the files of the options. Without files, it waits for the pair that Pillion maintains in the cluster. Files
 * that cannot be used, or neither files nor a cluster, are a problem.
 */
export async function certificateFor(
  options: Options,
  {
    connection,
    namespace,
  }: { readonly connection?: Pick<ClusterConnection, 'reconcileCertificate'>; readonly namespace?: string },
  { renewed, refused, signal }: Renewals<Pair>,
): Promise<CertificateSource | { readonly problem: string }> {
  let current: Pair
  const first = Promise.withResolvers<void>()
  const use = (pair: Pair) => {
    current = pair
    renewed(pair)
    first.resolve()
  }
  const { tlsCert, tlsKey } = options
  if (tlsCert !== undefined && tlsKey !== undefined) {
    // A writer that replaces one file after the other causes a problem in between.
    const found = await followFiles({
      read: () => readFiles([tlsCert, tlsKey]),
      parse: files => pairIn(files, tlsCert, tlsKey),
      changed: next => ('pair' in next ? use(next.pair) : refused(next.problem)),
      intervalMs: options.reloadIntervalMs,
      signal,
    })
    if ('problem' in found) return found
    use(found.pair)
    const readiness = () =>
      current.expiresAt.getTime() <= Date.now() ? 'the certificate has expired' : undefined
    return { pair: () => current, readiness }
  }
  if (!connection) return { problem: neither }
  if (namespace === undefined) return { problem: nowhere }
  // Whether this pair has expired is for the API server's clock to decide.
  const { readiness, isTrusted } = connection.reconcileCertificate({
    namespace,
    name: options.name,
    renewed: use,
    refused,
  })
  await first.promise
  return { pair: () => current, readiness, isTrusted }
}

const neither =
  '--tls-cert and --tls-key are missing: outside of a cluster, Pillion needs a certificate in files'
const nowhere = '--namespace is missing: Pillion keeps its certificate in a Secret of that namespace'
