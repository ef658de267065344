import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** The certificates in a text, in their order; what is none is passed over. */
export function certificatesIn(text: string): X509Certificate[] {
  return blocksIn(text, /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g, block => {
    return new X509Certificate(block)
  })
}

/** The unencrypted private keys in a text; what is none is passed over. */
export function privateKeysIn(text: string): KeyObject[] {
  return blocksIn(text, /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]+-----END \1-----/g, createPrivateKey)
}

export function certificatePem(certificate: X509Certificate): string {
  return certificate.toString()
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function blocksIn<T>(text: string, pattern: RegExp, parse: (block: string) => T): T[] {
  return (text.match(pattern) ?? []).flatMap(block => {
    try {
      return [parse(block)]
    } catch {
      return []
    }
  })
}
