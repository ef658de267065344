import type { KeyObject, X509Certificate } from 'node:crypto'
import { certificatesIn, type KeyPair, privateKeyPem, privateKeysIn } from './pem.ts'
import type { Authority, Held, Serving } from './rotation.ts'

/** The members of the Secret, as text. */
export type SecretData = Readonly<Record<string, string>>

/** A CA with its certificate and, while it signs, its key, in PEM. */
export interface StoredAuthority extends Authority {
  readonly cert: string
  readonly key?: string
}

export interface StoredServing extends Serving, KeyPair, ServingNames {
  readonly notBefore: number
}

/** The usable contents of a Secret. */
export interface Contents extends Held {
  /** The newest first. */
  readonly authorities: readonly StoredAuthority[]
  readonly serving?: StoredServing
  /** Why there is no serving pair. */
  readonly problem?: string
}

export interface ServingNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** Certificates are backdated, because the clock of the verifier may be behind. */
export const backdatingMs = 5 * 60_000

/** Reads `ca.crt`, `ca.key`, `tls.crt` and `tls.key` of a Secret. */
export function contentsOf(data: SecretData, names: ServingNames): Contents {
  const keys = privateKeysIn(data['ca.key'] ?? '')
  const certificates = certificatesIn(data['ca.crt'] ?? '').filter(({ ca }) => ca)
  const authorities = certificates.map(certificate => authorityOf(certificate, keys))
  authorities.sort((a, b) => b.issuedAt - a.issuedAt)
  const serving = servingOf(data, certificates, names)
  return { authorities, ...(typeof serving === 'string' ? { problem: serving } : { serving }) }
}

/** The members of the Secret, without the keys of CAs that are older than the one that signed last. */
export function dataOf({ authorities, serving }: Contents): SecretData {
  const newestFirst = authorities.toSorted((a, b) => b.issuedAt - a.issuedAt)
  const signer = authorities.find(({ id }) => id === serving?.issuer)
  const mayStillSign = newestFirst.filter(({ issuedAt }) => !signer || issuedAt >= signer.issuedAt)
  return {
    'ca.crt': newestFirst.map(({ cert }) => cert).join(''),
    'ca.key': mayStillSign.map(({ key }) => key ?? '').join(''),
    'tls.crt': serving?.cert ?? '',
    'tls.key': serving?.key ?? '',
  }
}

function authorityOf(certificate: X509Certificate, keys: readonly KeyObject[]): StoredAuthority {
  const key = keys.find(each => certificate.checkPrivateKey(each))
  return {
    id: certificate.fingerprint256,
    ...timesOf(certificate),
    canSign: key !== undefined,
    cert: certificate.toString(),
    ...(key && { key: privateKeyPem(key) }),
  }
}

function servingOf(
  data: SecretData,
  authorities: readonly X509Certificate[],
  names: ServingNames,
): StoredServing | string {
  const [certificate] = certificatesIn(data['tls.crt'] ?? '')
  if (!certificate) return 'tls.crt holds no certificate'
  const key = privateKeysIn(data['tls.key'] ?? '').find(each => certificate.checkPrivateKey(each))
  if (!key) return 'tls.key does not hold the key of the certificate in tls.crt'
  const issuer = authorities.find(each => certificate.checkIssued(each) && certificate.verify(each.publicKey))
  if (!issuer) return 'ca.crt does not hold the CA of the certificate in tls.crt'
  return {
    issuer: issuer.fingerprint256,
    ...timesOf(certificate),
    notBefore: certificate.validFromDate.getTime(),
    fits:
      names.dnsNames.every(name => certificate.checkHost(name) !== undefined) &&
      names.ipAddresses.every(address => certificate.checkIP(address) !== undefined),
    cert: certificate.toString(),
    key: privateKeyPem(key),
    ...namesOf(certificate),
  }
}

/** When a certificate was issued, and when it expires. */
export function timesOf({ validFromDate, validToDate }: X509Certificate) {
  return { issuedAt: validFromDate.getTime() + backdatingMs, expiresAt: validToDate.getTime() }
}

/** `DNS:pillion.pillion.svc, IP Address:127.0.0.1` */
function namesOf({ subjectAltName = '' }: X509Certificate): ServingNames {
  const named = (prefix: string) =>
    subjectAltName.split(', ').flatMap(name => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
  return { dnsNames: named('DNS:'), ipAddresses: named('IP Address:') }
}
