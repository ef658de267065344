import type { ClusterConnection } from '../cluster/cluster.ts'
import { type Pair, pairIn } from './certificate.ts'
import { followFiles, type Renewals, readFiles } from './file-bytes.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The certificate that the server uses, and its successors. */
interface CertificateSource {
  /** Resolves when there is a pair. Until then `pair` must not be called. */
  readonly found: Promise<void>
  pair(): Pair
  readonly readiness: ReadinessCheck
  /** Whether every webhook configuration trusts it; absent for a certificate in files. */
  readonly isTrusted?: () => boolean
  /** By kind, whether the webhook configuration calls this installation; absent for a certificate in files. */
  readonly configured?: () => ReadonlyMap<string, boolean>
}

export interface CertificateRenewals extends Renewals<Pair> {
  /** Called when the API server no longer calls this installation. */
  readonly disconnected: (problem: string) => void
}

/**
 * The pair in the files of the options; without files, the pair that Pillion maintains in the cluster. Files that cannot be
 * used, or neither files nor a cluster, are a problem.
 */
export async function certificateFor(
  options: Options,
  {
    connection,
    namespace,
  }: { readonly connection?: Pick<ClusterConnection, 'reconcileCertificate'>; readonly namespace?: string },
  { renewed, refused, disconnected, signal }: CertificateRenewals,
): Promise<CertificateSource | { readonly problem: string }> {
  let current: Pair
  const { promise: found, resolve } = Promise.withResolvers<void>()
  const use = (pair: Pair) => {
    current = pair
    renewed(pair)
    resolve()
  }
  const { tlsCert, tlsKey } = options
  if (tlsCert !== undefined && tlsKey !== undefined) {
    // A writer that replaces one file after the other causes a problem in between.
    const first = await followFiles({
      read: () => readFiles([tlsCert, tlsKey]),
      parse: files => pairIn(files, tlsCert, tlsKey),
      changed: next => ('pair' in next ? use(next.pair) : refused(next.problem)),
      intervalMs: options.reloadIntervalMs,
      signal,
    })
    if ('problem' in first) return first
    use(first.pair)
    const readiness = () =>
      current.expiresAt.getTime() <= Date.now() ? 'the certificate has expired' : undefined
    return { found, pair: () => current, readiness }
  }
  if (!connection) return { problem: neither }
  if (namespace === undefined) return { problem: nowhere }
  // Whether this pair has expired is for the API server's clock to decide.
  const { readiness, isTrusted, configured } = connection.reconcileCertificate({
    namespace,
    name: options.name,
    renewed: use,
    refused,
    disconnected,
  })
  return { found, pair: () => current, readiness, isTrusted, configured }
}

const neither =
  '--tls-cert and --tls-key are missing: outside of a cluster, Pillion needs a certificate in files'
const nowhere = '--namespace is missing: Pillion keeps its certificate in a Secret of that namespace'
