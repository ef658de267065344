import {
  backdatingMs,
  type Contents,
  contentsOf,
  type ServingNames,
  type StoredAuthority,
} from './certificate-contents.ts'
import type { KeyPair } from './pem.ts'
import { expiryFrom, type Lifetimes, type Step } from './rotation.ts'

/** Makes certificates; how is no concern of the cluster. */
export interface Issuer {
  createAuthority(validity: Validity): Promise<KeyPair>
  signCertificate(authority: KeyPair, request: ServingNames & Validity): Promise<KeyPair>
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface IssuingOptions {
  readonly issuer: Issuer
  /** Whom a serving certificate is for. */
  readonly names: ServingNames
  readonly lifetimes: Lifetimes
  readonly now: () => number
}

/**
 * Takes the steps of the policy: gives what the Secret is to hold afterwards. `remembered` are authorities
 * that it may have lost: as long as they live they are trusted, but they sign no more.
 */
export function issuing({ issuer, names, lifetimes, now }: IssuingOptions) {
  return async (
    step: Exclude<Step, { kind: 'wait' }>,
    contents: Contents,
    remembered: readonly StoredAuthority[],
  ): Promise<Contents> => {
    const known = [...remembered.map(({ key: _, ...rest }) => rest), ...contents.authorities]
    const authorities = [...new Map(known.map(each => [each.id, each])).values()].filter(
      ({ expiresAt }) => expiresAt > now(),
    )
    switch (step.kind) {
      case 'drop':
        return { ...contents, authorities }
      case 'add':
        return { ...contents, authorities: [await newAuthority(), ...authorities] }
      case 'begin': {
        const created = await newAuthority()
        return { authorities: [created, ...authorities], ...(await signed(created, contents)) }
      }
      case 'issue': {
        const from = authorities.find(({ id }) => id === step.from)
        return { authorities, ...(from && (await signed(from, contents))) }
      }
    }
  }

  async function newAuthority(): Promise<StoredAuthority> {
    const { cert, key } = await issuer.createAuthority(validUntil(now() + lifetimes.authorityMs))
    const [authority] = contentsOf({ 'ca.crt': cert, 'ca.key': key }, names).authorities
    if (!authority) throw new Error('the issuer made an authority that is none')
    return authority
  }

  async function signed(
    { cert: ca, key: caKey = '', expiresAt }: StoredAuthority,
    before: Contents,
  ): Promise<Pick<Contents, 'serving'>> {
    const { cert, key } = await issuer.signCertificate(
      { cert: ca, key: caKey },
      {
        // Also the former names: replicas that want different ones, as in an upgrade, would take turns.
        dnsNames: united(names.dnsNames, before.serving?.dnsNames),
        ipAddresses: united(names.ipAddresses, before.serving?.ipAddresses),
        ...validUntil(expiryFrom({ expiresAt }, { now: now(), lifetimes })),
      },
    )
    const { serving, problem } = contentsOf({ 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key }, names)
    if (!serving) throw new Error(`the issuer made a certificate that is none: ${problem}`)
    return { serving }
  }

  function validUntil(expiresAt: number): Validity {
    return { notBefore: new Date(now() - backdatingMs), notAfter: new Date(expiresAt) }
  }
}

function united(wanted: readonly string[], before: readonly string[] = []): string[] {
  return [...new Set([...wanted, ...before])]
}
