import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { type Files, readFiles, watchBytes } from './file-bytes.ts'

/** A certificate and the private key it is for, both in PEM. */
export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
  readonly expiresAt: Date
}

export interface PairFiles {
  readonly certFile: string
  readonly keyFile: string
}

/**
 * Reads the pair from two files, or says what is wrong; the message names the file and quotes no key. `watch` then polls
 * the files: it calls `renewed` with each new valid pair, and `refused` with the problem of a bad one. A writer that
 * replaces one file after the other causes a `refused` in between.
 */
export async function openPair(
  files: PairFiles,
): Promise<
  { readonly pair: Pair; watch(watch: PairWatch): { stop(): void } } | { readonly problem: string }
> {
  const known = await readBytes(files)
  const found = pairIn(known, files)
  if ('problem' in found) return found
  return {
    pair: found.pair,
    watch: ({ intervalMs, renewed, refused }) =>
      watchBytes({
        read: () => readBytes(files),
        known,
        intervalMs,
        changed(bytes) {
          const next = pairIn(bytes, files)
          if ('pair' in next) renewed(next.pair)
          else refused(next.problem)
        },
      }),
  }
}

export interface PairWatch {
  readonly intervalMs: number
  readonly renewed: (pair: Pair) => void
  readonly refused: (problem: string) => void
}

/**
 * The TLS settings: versions 1.2 and 1.3, only with forward secrecy and authenticated encryption.
 * https://wiki.mozilla.org/Security/Server_Side_TLS, "intermediate", without the slow DHE.
 * A client's certificate is verified with `clientCa`.
 */
export function secureContext({ cert, key }: Pair, clientCa?: Buffer): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientCa && { ca: clientCa }),
    minVersion: 'TLSv1.2',
    ciphers: ciphers.join(':'),
    honorCipherOrder: false,
  }
}

const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

function readBytes({ certFile, keyFile }: PairFiles): Promise<Files> {
  return readFiles([certFile, keyFile])
}

function pairIn(
  bytes: Files,
  { certFile, keyFile }: PairFiles,
): { readonly pair: Pair } | { readonly problem: string } {
  const cert = bytes.get(certFile)
  const key = bytes.get(keyFile)
  if (!Buffer.isBuffer(cert)) return { problem: `${certFile} cannot be read: ${cert?.message}` }
  if (!Buffer.isBuffer(key)) return { problem: `${keyFile} cannot be read: ${key?.message}` }

  const certificate = attempt(() => new X509Certificate(cert))
  if (!certificate) return { problem: `${certFile} does not contain a certificate in PEM` }
  const privateKey = attempt(() => createPrivateKey(key))
  if (!privateKey) return { problem: `${keyFile} does not contain an unencrypted private key in PEM` }
  if (!certificate.checkPrivateKey(privateKey)) {
    return { problem: `the key in ${keyFile} does not belong to the certificate in ${certFile}` }
  }
  const expiresAt = new Date(certificate.validTo)
  if (expiresAt.getTime() <= Date.now()) {
    return { problem: `the certificate in ${certFile} expired at ${expiresAt.toISOString()}` }
  }
  const pair = { cert, key, expiresAt }
  // OpenSSL also checks the rest of the chain, and rejects weak keys.
  const isUsable = attempt(() => createSecureContext(secureContext(pair)))
  return isUsable ? { pair } : { problem: `${certFile} and ${keyFile} cannot be used for TLS` }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
