import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** The certificates in a text, in order; anything else is ignored. */
export function certificatesIn(text: string): X509Certificate[] {
  return blocksIn(
    text,
    label => label === 'CERTIFICATE',
    block => new X509Certificate(block),
  )
}

/** The unencrypted private keys in a text; anything else is ignored. */
export function privateKeysIn(text: string): KeyObject[] {
  return blocksIn(text, label => label.endsWith('PRIVATE KEY'), createPrivateKey)
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** https://www.rfc-editor.org/rfc/rfc7468#section-2 */
function blocksIn<T>(text: string, isWanted: (label: string) => boolean, parse: (block: string) => T): T[] {
  const [, ...parts] = text.split('-----BEGIN ')
  return parts.flatMap(part => {
    const [label = '', body = '', end, rest] = part.split('-----', 4)
    if (!isWanted(label) || end !== `END ${label}` || rest === undefined) return []
    try {
      return [parse(`-----BEGIN ${label}-----${body}-----${end}-----`)]
    } catch {
      return []
    }
  })
}
