import { openPair, type Pair } from './certificate.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The certificate that is served, and its successors. */
export interface CertificateSource {
  pair(): Pair
  readonly readiness: ReadinessCheck
  /** Whether every webhook configuration trusts it; unknown of a certificate in files. */
  readonly isTrusted?: () => boolean
  onRenewed(renewed: (pair: Pair) => void): void
}

/** What keeps a certificate in the cluster; hears nothing after the signal. */
export interface CertificateKeeper {
  reconcileCertificate(keeping: {
    readonly namespace: string
    readonly name: string
    readonly renewed: (pair: Pair) => void
    readonly refused: (problem: string) => void
    readonly issuer: typeof import('./certificate-authority.ts')
  }): { readiness(): string | undefined; isTrusted(): boolean }
}

/**
 * The pair in the files that the options name or, without any, the one that is kept in the cluster, for
 * which this waits. Refuses files that cannot be used, and to do without both.
 */
export async function certificateFor(
  options: Options,
  { connection, namespace }: { readonly connection?: CertificateKeeper; readonly namespace?: string },
  { certificate, badCertificate, signal }: Accounts,
): Promise<CertificateSource | { readonly problem: string }> {
  const first = Promise.withResolvers<Pair>()
  let current: Pair | undefined
  let hear = (_: Pair) => {}
  let isTrusted: (() => boolean) | undefined
  // The one that is kept goes by the API server's clock.
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
      issuer: await import('./certificate-authority.ts'),
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

interface Accounts {
  readonly certificate: (pair: Pair) => void
  readonly badCertificate: (problem: string) => void
  readonly signal: AbortSignal
}

const neither =
  '--tls-cert and --tls-key are missing: only in a cluster does the server keep a certificate of its own'
const nowhere = '--namespace is missing: the certificate is kept in a Secret of that namespace'
