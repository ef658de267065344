import type { X509Certificate } from 'node:crypto'
import { type JsonObject, objectAt } from '../../json/json.ts'
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
  return authoritiesIn(...webhooks.map(caBundleOf))
}

/** The `caBundle` of a webhook: PEM in base64. */
export function caBundleOf({ clientConfig }: JsonObject): unknown {
  return objectAt(clientConfig)['caBundle']
}

/** The certificates in a text of PEM in base64. */
export async function certificatesIn(encoded: unknown): Promise<readonly X509Certificate[]> {
  const { certificatesIn } = await import('../../cluster/certificate/pem.ts')
  return typeof encoded === 'string' ? certificatesIn(Buffer.from(encoded, 'base64').toString()) : []
}

/** The certificates in texts of PEM in base64, each once, the newest first. */
export async function authoritiesIn(...encoded: readonly unknown[]): Promise<readonly TrustedAuthority[]> {
  const { timesOf } = await import('../../cluster/certificate/certificate-contents.ts')
  const certificates = (await Promise.all(encoded.map(certificatesIn))).flat()
  const all = certificates.map(each => ({ fingerprint: each.fingerprint256, ...timesOf(each) }))
  const unique = new Map(all.map(each => [each.fingerprint, each]))
  return [...unique.values()].sort((a, b) => b.issuedAt - a.issuedAt)
}

/** `2 CAs, until 2027-11-28 and 2027-03-01`. */
export function describeTrusted(authorities: readonly TrustedAuthority[]): string {
  const ends = authorities.map(({ expiresAt }) => dayOf(new Date(expiresAt)))
  return ends.length === 0
    ? 'no CA'
    : `${counted(ends.length, 'CA')}, until ${new Intl.ListFormat('en').format(ends)}`
}

/** `2027-11-28`, in UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
