import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, succeeded } from '../../src/cluster/api/api.ts'
import { contentsOf } from '../../src/cluster/certificate/certificate-contents.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { accountWith, allowEverywhere } from './account.ts'
import { apiFor } from './client.ts'
import { configurationsOf, configure, type Installation, install } from './installation.ts'
import { keepForTest, keepUntilReady, quick, type ReplicaOptions, servedBy } from './replica.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const anyName = { dnsNames: [], ipAddresses: [] }

describeWithApiServer('certificates that replicas keep in the cluster', server => {
  let api: Api
  beforeAll(() => {
    api = apiFor(server())
  })

  const installed = async (name: string) => ({ ...(await install(server(), name)), ...quick })
  const ready = (options: ReplicaOptions, by = api) => keepUntilReady(by, options)
  const get = async (path: string) => succeeded(await api.request('GET', path))

  describe('a first start', () => {
    it('makes a CA and a serving pair, and puts the CA in every caBundle of our configurations alone', async () => {
      const options = await installed('first')
      await configure(api, 'first')
      const others = await install(server(), 'not-ours')
      await configure(api, 'not-ours')
      const keeping = await ready(options)
      const data = await options.stored()
      const certificate = new X509Certificate(data['tls.crt'] ?? '')
      expect(certificate.checkHost('first.first.svc')).toBe('first.first.svc')
      expect(certificate.checkHost('first.first.svc.cluster.local')).toBe('first.first.svc.cluster.local')
      expect(certificate.verify(new X509Certificate(data['ca.crt'] ?? '').publicKey)).toBe(true)
      expect(servedBy(keeping)).toBe(data['tls.crt'])
      expect(await options.bundles()).toEqual(Array(4).fill(data['ca.crt']))
      expect(await others.bundles()).toEqual(Array(4).fill(''))
      expect(keeping).toMatchObject({ problems: [], failures: [] })
    })

    it('changes nothing in a configuration but caBundle', async () => {
      const options = await installed('only')
      await configure(api, 'only')
      const before = await Promise.all(configurationsOf('only').map(get))
      await ready(options)
      const after = await Promise.all(configurationsOf('only').map(get))
      expect(after.map(withoutBundles)).toEqual(before.map(withoutBundles))
    })

    it('changes nothing at all when nothing is wrong, whoever starts and whoever else makes changes', async () => {
      const options = await installed('calm')
      await configure(api, 'calm')
      await ready(options)
      const [path = ''] = configurationsOf('calm')
      succeeded(await api.request('PATCH', path, { body: { metadata: { labels: { team: 'platform' } } } }))
      const objects = [options.secret, ...configurationsOf('calm')]
      const settled = await Promise.all(objects.map(get))
      const others = await Promise.all([ready(options), ready(options)])
      expect(await Promise.all(objects.map(get))).toEqual(settled)
      expect(others.map(({ pairs }) => pairs.length)).toEqual([1, 1])
    })

    it('of three replicas at once leaves one pair, which all of them serve', async () => {
      const options = await installed('race')
      await configure(api, 'race')
      const replicas = await Promise.all([1, 2, 3].map(() => ready(options)))
      const data = await options.stored()
      expect(replicas.map(servedBy)).toEqual(Array(3).fill(data['tls.crt']))
      expect(contentsOf(data, anyName).authorities).toHaveLength(1)
      expect(replicas.flatMap(({ failures }) => failures)).toEqual([])
    })
  })

  it('fills a caBundle again that a GitOps tool emptied', async () => {
    const options = await installed('gitops')
    await configure(api, 'gitops')
    const keeping = await ready(options)
    const right = await options.bundles()
    const timesMs = []
    for (const path of configurationsOf('gitops')) {
      const patch = [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]
      const emptied = performance.now()
      const contentType = 'application/json-patch+json'
      succeeded(await api.request('PATCH', path, { body: patch, contentType }))
      // Long before it would look again without an event.
      await until('it is right', 5_000, async () => (await options.bundles()).join() === right.join(), 2)
      timesMs.push(Math.round(performance.now() - emptied))
    }
    process.stderr.write(`a caBundle that was emptied is right again after ${timesMs.join(' and ')} ms\n`)
    expect(keeping.failures).toEqual([])
  })

  it('trusts a configuration that comes later', async () => {
    const options = await installed('later')
    await ready(options)
    await configure(api, 'later')
    const { 'ca.crt': ca } = await options.stored()
    await until('it has the CA', 5_000, async () => (await options.bundles()).every(bundle => bundle === ca))
  })

  it.each([
    {
      name: 'ahead',
      offMs: 400 * 24 * 3_600_000,
      says: /^the clock of this machine is 400 d ahead of the API server's/,
    },
    {
      name: 'behind',
      offMs: -3 * 3_600_000,
      says: /^the clock of this machine is 3 h( \d+ s)? behind the API server's/,
    },
  ])(
    'takes the time from the API server when its own clock is $name, and says so',
    async ({ name, offMs, says }) => {
      const options = await installed(name)
      await configure(api, name)
      await ready(options)
      const before = [await options.stored(), await options.bundles()]
      const off = await ready({ ...options, now: () => Date.now() + offMs })
      // A second measurement on a busy machine can differ by a second, and is said again.
      expect(off.problems.length).toBeGreaterThan(0)
      for (const problem of off.problems) expect(problem).toMatch(says)
      expect(off.pairs).toHaveLength(1)
      expect([await options.stored(), await options.bundles()]).toEqual(before)
    },
  )

  describe('with the rights of a service account', () => {
    it('needs no right on another Secret or configuration, not even to create one', async () => {
      const options = await installed('least')
      await configure(api, 'least')
      await allowEverywhere(server(), 'least', [onConfigurations('least')])
      const account = await accountIn(options)
      const keeping = await ready(options, account)
      succeeded(await api.request('DELETE', options.secret))
      await until('it is made anew', 10_000, async () => keeping.pairs.length > 1)
      expect(keeping.failures).toEqual([])
      const secrets = '/api/v1/namespaces/least/secrets'
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' } }
      expect(await account.request('GET', secrets)).toMatchObject({ status: 403 })
      expect(await account.request('POST', secrets, { body })).toMatchObject({ status: 403 })
    })

    it('says which right it lacks, serves what it has, and goes on once it has it', async () => {
      const options = await installed('denied')
      await configure(api, 'denied')
      const keeping = keepForTest(await accountIn(options), options)
      await keeping.until(({ pairs }) => pairs.length === 1)
      const denied = /mutatingwebhookconfigurations.*403: .*cannot list/
      await until('it says so', 5_000, async () => keeping.failures.some(failure => denied.test(failure)))
      expect(keeping.kept.readiness()).toBe('the webhook configurations denied are not read yet')
      await allowEverywhere(server(), 'denied', [onConfigurations('denied')])
      await keeping.until(({ kept }) => kept.readiness() === undefined)
    })

    const accountIn = ({ name, secret }: Installation) =>
      accountWith(
        server(),
        name,
        [
          {
            apiGroups: [''],
            resources: ['secrets'],
            resourceNames: [`${name}-tls`],
            verbs: ['get', 'list', 'watch', 'patch', 'create'],
          },
        ],
        async account => (await account.request('GET', secret)).status === 404,
      )

    const onConfigurations = (name: string) => ({
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      resourceNames: [name],
      verbs: ['list', 'watch', 'patch'],
    })
  })

  it('serves what it has while the API server is gone, says so, and catches up', async () => {
    const options = {
      ...(await installed('outage')),
      lifetimes: { authorityMs: 3_600_000, servingMs: 4_000 },
    }
    await configure(api, 'outage')
    let isDown = false
    const keeping = await ready(
      options,
      failing(api, () => isDown),
    )
    isDown = true
    await until('it wants a new pair', 10_000, async () =>
      keeping.failures.includes('/api/v1/namespaces/outage/secrets/outage-tls: nobody answers'),
    )
    expect(keeping.pairs).toHaveLength(1)
    expect(keeping.kept.readiness()).toBeUndefined()
    const expired = 'the certificate has expired'
    await until('it has expired', 10_000, async () => keeping.kept.readiness() === expired)
    isDown = false
    await until('it has a new pair', 10_000, async () => keeping.pairs.length > 1)
    expect(keeping.kept.isTrusted()).toBe(true)
    expect(keeping.kept.readiness()).toBeUndefined()
  })
})

/** An API server that answers no request while it is down; what is watched goes on. */
function failing(api: Api, isDown: () => boolean): Api {
  return {
    ...api,
    request: async (...call) =>
      isDown() ? { ok: false, status: 0, message: 'nobody answers' } : api.request(...call),
  }
}

function withoutBundles({ metadata, webhooks }: JsonObject): object {
  const { name, labels, annotations } = metadata as JsonObject
  const rest = (webhooks as { clientConfig: object }[]).map(webhook => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: undefined },
  }))
  return { name, labels, annotations, rest }
}
