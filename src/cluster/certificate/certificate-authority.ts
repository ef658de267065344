// @peculiar/x509 resolves its parsers through this global; it must be there first.
import 'reflect-metadata'
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { backdatingMs, type ServingNames } from './certificate-contents.ts'
import { type KeyPair, privateKeyPem } from './pem.ts'

/** A serving pair with the CA that signed it. */
export interface IssuedCertificate extends KeyPair {
  /** The CA certificate in PEM; base64-encoded, it is the `caBundle` of a webhook configuration. */
  readonly ca: string
}

type Names = Partial<ServingNames>

/** The period in which a certificate is valid, to the second. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

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
export async function createAuthority(validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys()
  const serial = serialNumber()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    signingAlgorithm: algorithm,
    serialNumber: serial,
    // A unique name, so that a verifier with several CAs finds the right one.
    name: `CN=pillion CA ${serial.slice(0, 8)}`,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return pairOf(certificate, keys)
}

/** A server certificate, ECDSA P-256, with a new key, signed by an existing CA. */
export async function signCertificate(
  authority: KeyPair,
  { dnsNames = [], ipAddresses = [], ...validity }: Names & Validity,
): Promise<KeyPair> {
  const keys = await generateKeys()
  const issuer = new x509.X509Certificate(authority.cert)
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    signingAlgorithm: algorithm,
    serialNumber: serialNumber(),
    // The names are in the subject alternative name; the common name is for people.
    subject: 'CN=pillion',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(authority.key).toCryptoKey(algorithm, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames.map(value => ({ type: 'dns' as const, value })),
        ...ipAddresses.map(value => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return pairOf(certificate, keys)
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function pairOf(certificate: x509.X509Certificate, { privateKey }: webcrypto.CryptoKeyPair): KeyPair {
  return { cert: `${certificate.toString('pem')}\n`, key: privateKeyPem(KeyObject.from(privateKey)) }
}

/** A positive number of 127 bits, unique without a register. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

const dayMs = 24 * 60 * 60_000
