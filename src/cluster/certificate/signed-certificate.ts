import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import type { ServingNames } from './certificate-contents.ts'

/** The period in which a certificate is valid, to the second. */
export interface Period {
  readonly notBefore: Date
  readonly notAfter: Date
}

interface Contents extends Period {
  /** The bytes of a positive number. */
  readonly serial: Buffer
  readonly issuer: Name
  readonly subject: Name
  readonly publicKey: KeyObject
  readonly extensions: readonly Extension[]
}

/**
 * A certificate (X.509, version 3) in PEM, signed with an ECDSA key of the curve P-256.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function signedCertificate(contents: Contents, signingKey: KeyObject): string {
  const { serial, issuer, subject, publicKey, extensions, ...period } = contents
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytesOf(serial),
    signature: ecdsaWithSha256,
    issuer,
    validity: new Validity(period),
    subject,
    subjectPublicKeyInfo: publicKeyInfo(publicKey),
    extensions: new Extensions([...extensions]),
  })
  const signatureValue = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), signingKey)
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: ecdsaWithSha256,
    signatureValue: bytesOf(signatureValue),
  })
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString()
}

/** The subject of a certificate, as its bytes have it. */
export function subjectOf(certificate: Buffer): Name {
  return AsnConvert.parse(certificate, Certificate).tbsCertificate.subject
}

export function commonName(value: string): Name {
  const attribute = new AttributeTypeAndValue({
    type: '2.5.4.3',
    value: new AttributeValue({ utf8String: value }),
  })
  return new Name([new RelativeDistinguishedName([attribute])])
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1 */
export function authorityExtensions(publicKey: KeyObject): Extension[] {
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(publicKey))),
  ]
}

export function serverExtensions(
  publicKey: KeyObject,
  issuerKey: KeyObject,
  { dnsNames, ipAddresses }: ServingNames,
): Extension[] {
  const names = [
    ...dnsNames.map(dNSName => new GeneralName({ dNSName })),
    ...ipAddresses.map(iPAddress => new GeneralName({ iPAddress })),
  ]
  const issuer = new AuthorityKeyIdentifier({
    keyIdentifier: new SubjectKeyIdentifier(keyIdentifier(issuerKey)),
  })
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(names)),
    extension(id_ce_authorityKeyIdentifier, issuer),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(publicKey))),
  ]
}

const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(key.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.2, the first method. */
function keyIdentifier(key: KeyObject): ArrayBuffer {
  const bits = new Uint8Array(publicKeyInfo(key).subjectPublicKey)
  return bytesOf(createHash('sha1').update(bits).digest())
}

function bytesOf(buffer: Buffer): ArrayBuffer {
  return Uint8Array.from(buffer).buffer
}
