import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, succeeded } from '../../src/cluster/api/api.ts'
import * as issuer from '../../src/cluster/certificate/certificate-authority.ts'
import { mark } from '../../src/cluster/certificate/certificate-secret.ts'
import { createAuthority } from './certificates.ts'
import { apiFor } from './client.ts'
import { configure, install } from './installation.ts'
import { keepForTest, keepUntilReady, quick, type ReplicaOptions, servedBy } from './replica.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

describeWithApiServer('the Secret of the certificates', server => {
  let api: Api
  beforeAll(() => {
    api = apiFor(server())
  })

  const installed = async (name: string) => ({ ...(await install(server(), name)), ...quick })
  const ready = (options: ReplicaOptions) => keepUntilReady(api, options)

  it('fills a Secret that was shipped empty, whatever its labels and type', async () => {
    const options = await installed('shipped')
    const metadata = { name: 'shipped-tls', labels: { 'app.kubernetes.io/managed-by': 'Helm' } }
    const body = { metadata, type: 'Opaque' }
    succeeded(await api.request('POST', options.secret.replace('/shipped-tls', ''), { body }))
    const keeping = await ready(options)
    expect(servedBy(keeping)).toBe((await options.stored())['tls.crt'])
    expect(succeeded(await api.request('GET', options.secret)).metadata).toMatchObject({
      labels: { ...metadata.labels, [mark.name]: mark.value },
    })
  })

  describe('a Secret that is lost', () => {
    it.each([
      { name: 'deleted', lose: (path: string) => api.request('DELETE', path) },
      {
        name: 'corrupted',
        lose: (path: string) =>
          api.request('PATCH', path, {
            body: { data: { 'tls.key': 'AAAA', 'ca.crt': 'AAAA', 'ca.key': '' } },
          }),
      },
    ])('because it was $name is made anew, and the old CA is trusted on', async ({ name, lose }) => {
      const options = await installed(name)
      await configure(api, name)
      const keeping = await ready({ ...options, propagationMs: 500 })
      const before = await options.stored()
      const untrusted: number[] = []
      keeping.onRenewed(() => keeping.kept.isTrusted() || untrusted.push(keeping.pairs.length))
      succeeded(await lose(options.secret))
      await until('the new pair is served', 10_000, async () => keeping.pairs.length > 1)
      const after = await options.stored()
      expect(after['tls.crt']).not.toBe(before['tls.crt'])
      expect(servedBy(keeping)).toBe(after['tls.crt'])
      expect(after['ca.crt']).toContain(before['ca.crt'])
      expect(after['ca.key']).not.toContain(before['ca.key'] || undefined)
      for (const bundle of await options.bundles()) expect(bundle).toContain(before['ca.crt'])
      expect(untrusted).toEqual([])
    })

    it('says what cannot be used', async () => {
      const options = await installed('garbage')
      const keeping = await ready(options)
      succeeded(await api.request('PATCH', options.secret, { body: { data: { 'tls.key': 'AAAA' } } }))
      await until('the new pair is served', 10_000, async () => keeping.pairs.length > 1)
      expect(keeping.failures).toEqual([
        'the Secret garbage/garbage-tls cannot be used: tls.key does not hold the key of the certificate in tls.crt; it gets a new certificate',
      ])
    })
  })

  it("leaves somebody else's Secret alone, says what to do, and goes on once that is done", async () => {
    const options = await installed('foreign')
    const authority = await createAuthority()
    const { cert, key } = await authority.issue()
    const body = {
      metadata: { name: 'foreign-tls' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key },
    }
    const created = succeeded(await api.request('POST', options.secret.replace('/foreign-tls', ''), { body }))
    const keeping = keepForTest(api, options)
    await until('it says so', 5_000, async () => keeping.problems.length > 0)
    expect(keeping.problems).toEqual([
      'the Secret foreign/foreign-tls has content that Pillion did not write, and is left alone. Delete it, or label it pillion.dev/certificates=self-managed, for Pillion to keep its certificate there; or have Pillion use its tls.crt and tls.key by --tls-cert and --tls-key',
    ])
    expect(keeping.kept.readiness()).toBe('the Secret foreign/foreign-tls has no certificate yet')
    expect(succeeded(await api.request('GET', options.secret))).toEqual(created)
    succeeded(await api.request('DELETE', options.secret))
    await keeping.until(({ kept }) => kept.readiness() === undefined)
  })

  it('serves a pair that is not valid yet, and says how long it will take', async () => {
    const options = await installed('early')
    const validity = {
      notBefore: new Date(Date.now() + 3_600_000),
      notAfter: new Date(Date.now() + 7_200_000),
    }
    const authority = await issuer.createAuthority(validity)
    const dnsNames = ['early.early.svc', 'early.early.svc.cluster.local']
    const pair = await issuer.signCertificate(authority, {
      dnsNames,
      ipAddresses: ['127.0.0.1'],
      ...validity,
    })
    const metadata = { name: 'early-tls', labels: { [mark.name]: mark.value } }
    const stringData = {
      'ca.crt': authority.cert,
      'ca.key': authority.key,
      'tls.crt': pair.cert,
      'tls.key': pair.key,
    }
    const path = options.secret.replace('/early-tls', '')
    succeeded(await api.request('POST', path, { body: { metadata, stringData } }))
    const keeping = await ready(options)
    expect(servedBy(keeping)).toBe(pair.cert)
    expect(keeping.problems).toEqual([
      expect.stringMatching(
        /^the certificate is valid only in (59 min|1 h)( \d+ s)?: the clock of its issuer is ahead/,
      ),
    ])
  })
})
