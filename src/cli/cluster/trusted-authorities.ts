import { isObject, type JsonObject } from '../../json/json.ts'
import { counted } from '../../problems/counted.ts'

/** A CA that the API server trusts when it calls Pillion. Times are in milliseconds since 1970. */
export interface TrustedAuthority {
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The CAs in the `caBundle` of webhooks, each once, the newest first. */
export async function trustedBy(webhooks: readonly JsonObject[]): Promise<readonly TrustedAuthority[]> {
  const bundles = webhooks.map(({ clientConfig }) =>
    isObject(clientConfig) ? clientConfig['caBundle'] : undefined,
  )
  return authoritiesIn(...bundles)
}

/** The certificates in texts of PEM in base64, each once, the newest first. */
export async function authoritiesIn(...encoded: readonly unknown[]): Promise<readonly TrustedAuthority[]> {
  const [{ certificatesIn }, { timesOf }] = await Promise.all([
    import('../../cluster/certificate/pem.ts'),
    import('../../cluster/certificate/certificate-contents.ts'),
  ])
  const all = encoded
    .flatMap(text => (typeof text === 'string' ? certificatesIn(Buffer.from(text, 'base64').toString()) : []))
    .map(certificate => ({ fingerprint: certificate.fingerprint256, ...timesOf(certificate) }))
  const unique = new Map(all.map(each => [each.fingerprint, each]))
  return [...unique.values()].sort((a, b) => b.issuedAt - a.issuedAt)
}

/** `2 CAs, until 2027-11-28 and 2027-03-01`. */
export function describeTrusted(authorities: readonly TrustedAuthority[]): string {
  const ends = authorities.map(({ expiresAt }) => new Date(expiresAt).toISOString().slice(0, 10))
  return ends.length === 0
    ? 'no CA'
    : `${counted(ends.length, 'CA')}, until ${new Intl.ListFormat('en').format(ends)}`
}
