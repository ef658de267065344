import { describe, expect, it } from 'vitest'
import { contentsOf, dataOf } from './certificate-contents.ts'
import { inMs, issued, names, strangeKey } from './certificates.fixture.ts'

const [older, newer] = [await issued({ fromMs: -900_000 }), await issued({ fromMs: -600_000 })]
const good = {
  'ca.crt': older.authority.cert,
  'ca.key': older.authority.key,
  'tls.crt': older.serving.cert,
  'tls.key': older.serving.key,
}

describe('contentsOf', () => {
  it('finds the CAs with their keys, the newest first, and the CA of the serving pair', () => {
    const { authorities, serving, problem } = contentsOf(
      { ...good, 'ca.crt': older.authority.cert + newer.authority.cert },
      names,
    )
    expect(authorities).toMatchObject([
      { id: newer.stored.id, canSign: false },
      // Issued five minutes after it is valid from.
      { id: older.stored.id, canSign: true, issuedAt: inMs(-600_000), expiresAt: inMs(2_700_000) },
    ])
    expect(serving).toMatchObject({ issuer: older.stored.id, fits: true, dnsNames: names.dnsNames })
    expect(problem).toBeUndefined()
  })

  it.each([
    { wanted: ['pillion.pillion.svc'], fits: true },
    { wanted: ['pillion.pillion.svc', 'pillion.pillion.svc.cluster.local'], fits: false },
  ])('knows whether the serving pair is for $wanted', ({ wanted, fits }) => {
    expect(contentsOf(good, { dnsNames: wanted, ipAddresses: [] }).serving?.fits).toBe(fits)
  })

  it.each([
    { what: 'nothing', data: {}, problem: 'tls.crt holds no certificate' },
    { what: 'no certificate', data: { ...good, 'tls.crt': 'x' }, problem: 'tls.crt holds no certificate' },
    {
      what: 'half a certificate',
      data: { ...good, 'tls.crt': older.serving.cert.replace(/\n[^\n]{64}\n/, '\n') },
      problem: 'tls.crt holds no certificate',
    },
    {
      what: "another certificate's key",
      data: { ...good, 'tls.key': strangeKey() },
      problem: 'tls.key does not hold the key of the certificate in tls.crt',
    },
    {
      what: 'another authority',
      data: { ...good, 'ca.crt': newer.authority.cert },
      problem: 'ca.crt does not hold the CA of the certificate in tls.crt',
    },
    {
      what: 'a serving certificate for an authority',
      data: { ...good, 'ca.crt': older.serving.cert },
      problem: 'ca.crt does not hold the CA of the certificate in tls.crt',
    },
  ])('says what is wrong with $what', ({ data, problem }) => {
    const contents = contentsOf(data, names)
    expect(contents.problem).toBe(problem)
    expect(contents.serving).toBeUndefined()
  })
})

describe('dataOf', () => {
  it('returns what contentsOf reads', () => {
    const contents = contentsOf(good, names)
    expect(contentsOf(dataOf(contents), names)).toEqual(contents)
  })

  it('drops only the keys of CAs that are older than the one that signed last, in any order', () => {
    const authorities = [older.stored, newer.stored]
    const byOlder = contentsOf(good, names)
    for (const given of [authorities, authorities.toReversed()]) {
      expect(canSign({ ...byOlder, authorities: given })).toEqual([true, true])
      const { serving } = contentsOf(
        { 'ca.crt': newer.authority.cert, 'tls.crt': newer.serving.cert, 'tls.key': newer.serving.key },
        names,
      )
      expect(canSign({ authorities: given, ...(serving && { serving }) })).toEqual([true, false])
    }
  })

  const canSign = (contents: Parameters<typeof dataOf>[0]) =>
    contentsOf(dataOf(contents), names).authorities.map(each => each.canSign)
})
