import { generateKeyPairSync } from 'node:crypto'
import { createAuthority, signCertificate } from './certificate-authority.ts'
import { contentsOf, type StoredAuthority } from './certificate-contents.ts'
import type { KeyPair } from './pem.ts'

export const names = { dnsNames: ['pillion.pillion.svc'], ipAddresses: [] }

// Without fractions of a second: certificates have none.
const start = Math.floor(Date.now() / 1_000) * 1_000

/** So long after the tests began. */
export function inMs(ms: number): number {
  return start + ms
}

/** An authority and what it signed, valid for a while around now. */
export async function issued({ fromMs = -600_000, forMs = 3_600_000 } = {}): Promise<{
  authority: KeyPair
  stored: StoredAuthority
  serving: KeyPair
}> {
  const validity = { notBefore: new Date(inMs(fromMs)), notAfter: new Date(inMs(fromMs + forMs)) }
  const authority = await createAuthority(validity)
  const serving = await signCertificate(authority, { ...names, ...validity })
  const [stored] = contentsOf({ 'ca.crt': authority.cert, 'ca.key': authority.key }, names).authorities
  if (!stored) throw new Error('the authority is none')
  return { authority, stored, serving }
}

export function strangeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
