import { createPrivateKey, X509Certificate } from 'node:crypto'
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
})
