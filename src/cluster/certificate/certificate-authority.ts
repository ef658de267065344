import { createPrivateKey, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { backdatingMs, type ServingNames } from './certificate-contents.ts'
import { type KeyPair, privateKeyPem } from './pem.ts'
import {
  authorityExtensions,
  commonName,
  type Period,
  serverExtensions,
  signedCertificate,
  subjectOf,
} from './signed-certificate.ts'

/** A serving pair with the CA that signed it. */
export interface IssuedCertificate extends KeyPair {
  /** The CA certificate in PEM; base64-encoded, it is the `caBundle` of a webhook configuration. */
  readonly ca: string
}

type Names = Partial<ServingNames>

/**
 * A server certificate from a CA that is made only for it. The key of the CA is discarded, so that nobody can issue a
 * second certificate.
 */
export async function issueCertificate({
  days,
  ...names
}: Names & { readonly days: number }): Promise<IssuedCertificate> {
  const now = Date.now()
  const validity = { notBefore: new Date(now - backdatingMs), notAfter: new Date(now + days * dayMs) }
  const authority = await createAuthority(validity)
  return { ca: authority.cert, ...(await signCertificate(authority, { ...names, ...validity })) }
}

/**
 * A CA, ECDSA P-256. Its key can sign server certificates, but no other CA.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4
 */
export async function createAuthority(period: Period): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeys()
  const serial = serialNumber()
  // A unique name, so that a verifier with several CAs finds the right one.
  const name = commonName(`pillion CA ${serial.toString('hex', 0, 4)}`)
  const contents = { ...period, serial, issuer: name, subject: name, publicKey }
  const cert = signedCertificate({ ...contents, extensions: authorityExtensions(publicKey) }, privateKey)
  return { cert, key: privateKeyPem(privateKey) }
}

/** A server certificate, ECDSA P-256, with a new key, signed by an existing CA. */
export async function signCertificate(
  authority: KeyPair,
  { dnsNames = [], ipAddresses = [], ...period }: Names & Period,
): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeys()
  const issuer = new X509Certificate(authority.cert)
  const contents = {
    ...period,
    serial: serialNumber(),
    issuer: subjectOf(issuer.raw),
    // The names are in the subject alternative name; the common name is for people.
    subject: commonName('pillion'),
    publicKey,
    extensions: serverExtensions(publicKey, issuer.publicKey, { dnsNames, ipAddresses }),
  }
  const cert = signedCertificate(contents, createPrivateKey(authority.key))
  return { cert, key: privateKeyPem(privateKey) }
}

function generateKeys() {
  return promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
}

/** A positive number of 127 bits, unique without a register. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

const dayMs = 24 * 60 * 60_000
