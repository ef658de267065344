import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Files } from './file-bytes.ts'

/** A certificate and the private key it is for, both in PEM. */
export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
  readonly expiresAt: Date
}

/** The pair in two files, or what is wrong; the message names the file and quotes no key. */
export function pairIn(
  files: Files,
  certFile: string,
  keyFile: string,
): { readonly pair: Pair } | { readonly problem: string } {
  const cert = files.get(certFile)
  const key = files.get(keyFile)
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

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
