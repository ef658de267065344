import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Contents, contentsOf } from './certificate-contents.ts'
import { inMs, issued, names } from './certificates.fixture.ts'
import { issuing } from './issuer.ts'

const lifetimes = { authorityMs: 3_600_000, servingMs: 900_000 }
const now = inMs(0)
const take = issuing({ names, lifetimes, now: () => now })

const { authority, serving, stored } = await issued()
const held: Contents = contentsOf(
  { 'ca.crt': authority.cert, 'ca.key': authority.key, 'tls.crt': serving.cert, 'tls.key': serving.key },
  names,
)
const ids = ({ authorities }: Contents) => authorities.map(({ id }) => id)

describe('issuing', () => {
  it('begins with an authority and a serving pair from it, both backdated by five minutes', async () => {
    const { authorities, serving } = await take({ kind: 'begin' }, { authorities: [] }, [])
    expect(authorities).toMatchObject([{ issuedAt: now, expiresAt: now + 3_600_000, canSign: true }])
    expect(serving).toMatchObject({
      issuedAt: now,
      expiresAt: now + 900_000,
      issuer: authorities[0]?.id,
      fits: true,
    })
    expect(new X509Certificate(serving?.cert ?? '').validFromDate.getTime()).toBe(now - 300_000)
  })

  it('still trusts the CAs of a lost Secret, but signs with none of them', async () => {
    const contents = await take({ kind: 'begin' }, { authorities: [] }, [stored])
    expect(ids(contents)).toEqual([expect.any(String), stored.id])
    expect(contents.authorities[1]).toMatchObject({ canSign: true, cert: stored.cert })
    expect(contents.authorities[1]?.key).toBeUndefined()
    expect(contents.serving?.issuer).not.toBe(stored.id)
  })

  it('adds an authority that signs nothing yet', async () => {
    const contents = await take({ kind: 'add' }, held, [])
    expect(ids(contents)).toEqual([expect.any(String), stored.id])
    expect(contents.serving).toEqual(held.serving)
  })

  it('signs for the names before, too, and not beyond the life of the authority', async () => {
    const named = issuing({
      names: { dnsNames: ['other.pillion.svc'], ipAddresses: ['127.0.0.1'] },
      lifetimes: { ...lifetimes, servingMs: 10 * 3_600_000 },
      now: () => now,
    })
    const { serving } = await named({ kind: 'issue', from: stored.id }, held, [])
    expect(serving).toMatchObject({
      issuer: stored.id,
      expiresAt: stored.expiresAt,
      dnsNames: ['other.pillion.svc', 'pillion.pillion.svc'],
      ipAddresses: ['127.0.0.1'],
    })
  })

  it('drops expired CAs', async () => {
    const dead = await issued({ fromMs: -7_200_000 })
    const contents = { ...held, authorities: [...held.authorities, dead.stored] }
    const after = await take({ kind: 'drop', authorities: [dead.stored.id] }, contents, [dead.stored])
    expect(ids(after)).toEqual([stored.id])
  })
})
