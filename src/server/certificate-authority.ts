// @peculiar/x509 resolves its parsers through this global; it must be there first.
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** A certificate, with what makes it useful, in PEM (the key in PKCS #8). */
export interface IssuedCertificate {
  /** What a client trusts; base64-encoded, the `caBundle` of a webhook configuration. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Whom a certificate is for, and for how many days. */
export interface CertificateRequest {
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly days: number
}

/**
 * A server certificate, ECDSA P-256, from a certificate authority made for it alone, whose key is
 * forgotten: nobody can issue a second one. https://www.rfc-editor.org/rfc/rfc5280#section-4
 */
export async function issueCertificate(request: CertificateRequest): Promise<IssuedCertificate> {
  const authority = await createAuthority(request.days)
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    ...validFor(request.days),
    serialNumber: serialNumber(),
    // The names are in the subject alternative name; the common name is for people.
    subject: 'CN=pillion',
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(request)),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    ca: `${authority.certificate.toString('pem')}\n`,
    cert: `${certificate.toString('pem')}\n`,
    key: await privateKeyPem(keys),
  }
}

async function createAuthority(days: number) {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validFor(days),
    serialNumber: serialNumber(),
    name: 'CN=pillion CA',
    keys,
    extensions: [
      // Path length 0: it signs servers, never another authority.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { keys, certificate }
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): x509.JsonGeneralName[] {
  return [
    ...dnsNames.map(value => ({ type: 'dns' as const, value })),
    ...ipAddresses.map(value => ({ type: 'ip' as const, value })),
  ]
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function privateKeyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`
}

/** A positive number of 127 bits, unique without a register. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** From five minutes ago, because the clock of whoever verifies may be behind. */
function validFor(days: number) {
  const now = Date.now()
  return {
    notBefore: new Date(now - 5 * minuteMs),
    notAfter: new Date(now + days * dayMs),
    signingAlgorithm: algorithm,
  }
}
