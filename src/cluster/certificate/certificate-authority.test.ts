import 'reflect-metadata'
import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { createAuthority, signCertificate } from './certificate-authority.ts'
import type { KeyPair } from './pem.ts'

const hourMs = 3_600_000
const validity = {
  notBefore: new Date(Math.floor(Date.now() / 1_000) * 1_000 - hourMs),
  notAfter: new Date(Math.floor(Date.now() / 1_000) * 1_000 + hourMs),
}
const parsed = ({ cert }: KeyPair) => new X509Certificate(cert)

describe('createAuthority', () => {
  it('makes an authority that signs servers, never another authority, valid as long as asked for', async () => {
    const authority = await createAuthority(validity)
    const certificate = parsed(authority)
    expect(certificate.ca).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(authority.key))).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
    expect([certificate.validFromDate, certificate.validToDate]).toEqual(Object.values(validity))
  })

  it('gives each a name of its own', async () => {
    const subjects = (await Promise.all([createAuthority(validity), createAuthority(validity)])).map(
      authority => parsed(authority).subject,
    )
    expect(subjects).toEqual(Array(2).fill(expect.stringMatching(/^CN=pillion CA [0-9a-f]{8}$/)))
    expect(subjects[0]).not.toBe(subjects[1])
  })
})

describe('signCertificate', () => {
  it('signs any number of servers with an authority that was kept, each with a key of its own', async () => {
    const authority = await createAuthority(validity)
    const names = { dnsNames: ['pillion.pillion.svc'], ipAddresses: ['127.0.0.1'] }
    const servers = await Promise.all([1, 2].map(() => signCertificate(authority, { ...names, ...validity })))
    for (const server of servers) {
      const certificate = parsed(server)
      expect(certificate.verify(parsed(authority).publicKey)).toBe(true)
      expect(certificate.checkIssued(parsed(authority))).toBe(true)
      expect(certificate.checkPrivateKey(createPrivateKey(server.key))).toBe(true)
      expect(certificate.subjectAltName).toBe('DNS:pillion.pillion.svc, IP Address:127.0.0.1')
      expect(certificate.ca).toBe(false)
    }
    expect(servers[0]?.key).not.toBe(servers[1]?.key)
  })

  it('says what RFC 5280 requires, as another library reads it', async () => {
    const authority = await createAuthority(validity)
    const server = await signCertificate(authority, { dnsNames: ['pillion.pillion.svc'], ...validity })
    const [ca, leaf] = [authority, server].map(({ cert }) => extensionsOf(cert))
    expect(ca).toEqual([
      { critical: true, ca: true, pathLength: 0 },
      { critical: true, usages: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign },
      { critical: false, keyId: expect.stringMatching(/^[0-9a-f]{40}$/) },
    ])
    expect(leaf).toEqual([
      { critical: true, ca: false },
      { critical: true, usages: x509.KeyUsageFlags.digitalSignature },
      { critical: false, usages: [x509.ExtendedKeyUsage.serverAuth] },
      { critical: false, names: [{ type: 'dns', value: 'pillion.pillion.svc' }] },
      { critical: false, keyId: ca?.[2]?.['keyId'] },
      { critical: false, keyId: expect.stringMatching(/^[0-9a-f]{40}$/) },
    ])
  })

  it('signs with a CA of another library, whose name it keeps to the byte', async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
    const ca = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      name: 'CN=pillion CA 4711, O=a \\+ ü',
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    })
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
    const server = await signCertificate({ cert: ca.toString('pem'), key }, { dnsNames: ['a'], ...validity })
    const { issuerName } = new x509.X509Certificate(server.cert)
    expect(issuerName.toArrayBuffer()).toEqual(ca.subjectName.toArrayBuffer())
    expect(parsed(server).verify(new X509Certificate(ca.toString('pem')).publicKey)).toBe(true)
  })
})

function extensionsOf(pem: string): Readonly<Record<string, unknown>>[] {
  return new x509.X509Certificate(pem).extensions.map(extension => {
    const { critical } = extension
    if (extension instanceof x509.BasicConstraintsExtension) {
      const { ca, pathLength } = extension
      return { critical, ca, ...(pathLength !== undefined && { pathLength }) }
    }
    if (extension instanceof x509.SubjectAlternativeNameExtension)
      return { critical, names: extension.names.toJSON() }
    const { usages, keyId } = extension as { usages?: unknown; keyId?: unknown }
    return { critical, ...(usages !== undefined && { usages }), ...(keyId !== undefined && { keyId }) }
  })
}
