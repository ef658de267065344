import type { ClusterConnection } from '../cluster/cluster.ts'
import { openPair, type Pair } from './certificate.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The certificate that the server uses, and its successors. */
export interface CertificateSource {
  pair(): Pair
  readonly readiness: ReadinessCheck
  /** Whether every webhook configuration trusts it; absent for a certificate in files. */
  readonly isTrusted?: () => boolean
  onRenewed(renewed: (pair: Pair) => void): void
}

/** The part of the connection to a cluster that this needs. */
export type CertificateKeeper = Pick<ClusterConnection, 'reconcileCertificate'>

/**
 * The pair in the files of the options. Without files, it waits for the pair that Pillion maintains in the cluster. Files
 * that cannot be used, or neither files nor a cluster, are a problem.
 */
export async function certificateFor(
  options: Options,
  { connection, namespace }: { readonly connection?: CertificateKeeper; readonly namespace?: string },
  { certificate, badCertificate, signal }: CertificateEvents,
): Promise<CertificateSource | { readonly problem: string }> {
  const first = Promise.withResolvers<Pair>()
  let current: Pair | undefined
  let hear = (_: Pair) => {}
  let isTrusted: (() => boolean) | undefined
  // For a pair in the cluster, the API server's clock decides.
  let readiness: ReadinessCheck = () =>
    (current?.expiresAt.getTime() ?? 0) <= Date.now() ? 'the certificate has expired' : undefined
  const renewed = (pair: Pair) => {
    current = pair
    certificate(pair)
    hear(pair)
    first.resolve(pair)
  }
  if (options.tlsCert !== undefined && options.tlsKey !== undefined) {
    const opened = await openPair({ certFile: options.tlsCert, keyFile: options.tlsKey })
    if ('problem' in opened) return opened
    renewed(opened.pair)
    const { stop } = opened.watch({ intervalMs: options.reloadIntervalMs, renewed, refused: badCertificate })
    signal.addEventListener('abort', stop, { once: true })
  } else {
    if (!connection) return { problem: neither }
    if (namespace === undefined) return { problem: nowhere }
    const kept = connection.reconcileCertificate({
      namespace,
      name: options.name,
      renewed,
      refused: badCertificate,
    })
    readiness = kept.readiness
    isTrusted = kept.isTrusted
  }
  const pair = await first.promise
  return {
    pair: () => current ?? pair,
    readiness,
    ...(isTrusted && { isTrusted }),
    onRenewed(heard) {
      hear = heard
    },
  }
}

interface CertificateEvents {
  readonly certificate: (pair: Pair) => void
  readonly badCertificate: (problem: string) => void
  readonly signal: AbortSignal
}

const neither =
  '--tls-cert and --tls-key are missing: outside of a cluster, Pillion needs a certificate in files'
const nowhere = '--namespace is missing: Pillion keeps its certificate in a Secret of that namespace'
