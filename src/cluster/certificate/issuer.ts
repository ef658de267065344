import {
  backdatingMs,
  type Contents,
  contentsOf,
  type ServingNames,
  type StoredAuthority,
} from './certificate-contents.ts'
import { expiryFrom, type Lifetimes, type Step } from './rotation.ts'
import type { Period } from './signed-certificate.ts'

interface IssuingOptions {
  readonly names: ServingNames
  readonly lifetimes: Lifetimes
  readonly now: () => number
}

/**
 * Takes a step and returns the new contents of the Secret. `remembered` are CAs that the Secret may have lost: they stay
 * trusted until they expire, but sign nothing more. The X.509 library is loaded at the first step, because most replicas
 * find a good certificate.
 */
export function issuing({ names, lifetimes, now }: IssuingOptions) {
  return async (
    step: Exclude<Step, { kind: 'wait' }>,
    contents: Contents,
    remembered: readonly StoredAuthority[],
  ): Promise<Contents> => {
    const known = [...remembered.map(({ key: _, ...rest }) => rest), ...contents.authorities]
    const authorities = [...new Map(known.map(each => [each.id, each])).values()].filter(
      ({ expiresAt }) => expiresAt > now(),
    )
    if (step.kind === 'drop')
      return { ...contents, authorities: authorities.filter(({ id }) => !step.authorities.includes(id)) }
    if (step.kind === 'issue') {
      const from = authorities.find(({ id }) => id === step.from)
      return { authorities, ...(from && (await signed(from, contents))) }
    }
    const created = await newAuthority()
    const serving = step.kind === 'add' ? contents : await signed(created, contents)
    return { ...serving, authorities: [created, ...authorities] }
  }

  async function newAuthority(): Promise<StoredAuthority> {
    const { createAuthority } = await import('./certificate-authority.ts')
    const { cert, key } = await createAuthority(validUntil(now() + lifetimes.authorityMs))
    const [authority] = contentsOf({ 'ca.crt': cert, 'ca.key': key }, names).authorities
    if (!authority) throw new Error('the new CA cannot be used')
    return authority
  }

  async function signed(
    { cert: ca, key: caKey = '', expiresAt }: StoredAuthority,
    before: Contents,
  ): Promise<Pick<Contents, 'serving'>> {
    const { signCertificate } = await import('./certificate-authority.ts')
    const { cert, key } = await signCertificate(
      { cert: ca, key: caKey },
      {
        // With the former names: otherwise replicas that want different names, as in an upgrade, would replace it in turn.
        dnsNames: united(names.dnsNames, before.serving?.dnsNames),
        ipAddresses: united(names.ipAddresses, before.serving?.ipAddresses),
        ...validUntil(expiryFrom({ expiresAt }, { now: now(), lifetimes })),
      },
    )
    const { serving, problem } = contentsOf({ 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key }, names)
    if (!serving) throw new Error(`the new certificate cannot be used: ${problem}`)
    return { serving }
  }

  function validUntil(expiresAt: number): Period {
    return { notBefore: new Date(now() - backdatingMs), notAfter: new Date(expiresAt) }
  }
}

function united(wanted: readonly string[], before: readonly string[] = []): string[] {
  return [...new Set([...wanted, ...before])]
}
