import { X509Certificate } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Api, succeeded } from '../../src/cluster/api.ts'
import { contentsOf, type SecretData } from '../../src/cluster/certificate-contents.ts'
import { mark } from '../../src/cluster/certificate-secret.ts'
import type { JsonObject } from '../../src/profile/json.ts'
import { createAuthority } from './certificates.ts'
import { apiFor } from './client.ts'
import { keepForTest, type Replica, type ReplicaOptions, startBalancer, startReplica } from './replica.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const group = '/apis/admissionregistration.k8s.io/v1'
const kinds = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const
const backoff = { firstMs: 20, mostMs: 200 }
const anyName = { dnsNames: [], ipAddresses: [] }

describeWithApiServer('certificates that replicas keep in the cluster', server => {
  let api: Api
  beforeAll(() => {
    api = apiFor(server())
  })

  /** A namespace of its own for each test, and a name that its configurations share with no other. */
  async function install(name: string): Promise<ReplicaOptions> {
    await server().createNamespace(name)
    return { namespace: name, name, propagationMs: 200, backoff }
  }

  async function configure(name: string, port = 1, selector: object = {}): Promise<void> {
    for (const kind of kinds) {
      const isMutating = kind === kinds[0]
      const webhook = {
        name: 'pod.inject.pillion.dev',
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        clientConfig: { url: `https://127.0.0.1:${port}/mutate` },
        namespaceSelector: { matchLabels: { [isMutating ? 'mutate' : 'never']: name, ...selector } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: 5,
      }
      const body = {
        metadata: { name },
        webhooks: [webhook, { ...webhook, name: 'other.inject.pillion.dev' }],
      }
      succeeded(await api.request('POST', `${group}/${kind}`, { body }))
    }
  }

  function keep(options: ReplicaOptions) {
    const keeping = keepForTest(api, options)
    onTestFinished(keeping.stop)
    return keeping
  }

  /** A replica that serves and is trusted. */
  async function ready(options: ReplicaOptions) {
    const keeping = keep(options)
    await keeping.until(({ kept }) => kept.readiness() === undefined)
    return keeping
  }

  const secretOf = ({ namespace, name }: ReplicaOptions) =>
    `/api/v1/namespaces/${namespace}/secrets/${name}-tls`

  async function stored(options: ReplicaOptions): Promise<SecretData> {
    const { data } = succeeded(await api.request('GET', secretOf(options)))
    const decode = ([member, value]: [string, string]) => [member, Buffer.from(value, 'base64').toString()]
    return Object.fromEntries(Object.entries(data as Record<string, string>).map(decode))
  }

  async function bundles(name: string): Promise<string[]> {
    const found = []
    for (const kind of kinds) {
      const { webhooks } = succeeded(await api.request('GET', `${group}/${kind}/${name}`))
      for (const { clientConfig } of webhooks as { clientConfig: { caBundle?: string } }[]) {
        found.push(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString())
      }
    }
    return found
  }

  const versions = async (name: string) =>
    Promise.all(
      kinds.map(async kind => succeeded(await api.request('GET', `${group}/${kind}/${name}`)).metadata),
    )

  const servedBy = (keeping: { pairs: readonly { cert: Buffer }[] }) => keeping.pairs.at(-1)?.cert.toString()

  describe('a first start', () => {
    it('makes a CA and a serving pair, and puts the CA in every caBundle of our configurations alone', async () => {
      const options = await install('first')
      await configure('first')
      await configure('not-ours')
      const keeping = await ready(options)
      const data = await stored(options)
      const certificate = new X509Certificate(data['tls.crt'] ?? '')
      expect(certificate.checkHost('first.first.svc')).toBe('first.first.svc')
      expect(certificate.checkHost('first.first.svc.cluster.local')).toBe('first.first.svc.cluster.local')
      expect(certificate.verify(new X509Certificate(data['ca.crt'] ?? '').publicKey)).toBe(true)
      expect(servedBy(keeping)).toBe(data['tls.crt'])
      expect(await bundles('first')).toEqual(Array(4).fill(data['ca.crt']))
      expect(await bundles('not-ours')).toEqual(Array(4).fill(''))
      expect(keeping).toMatchObject({ problems: [], failures: [] })
    })

    it('changes nothing in a configuration but caBundle, and nothing at all when nothing is wrong', async () => {
      const options = await install('calm')
      await configure('calm')
      const before = succeeded(await api.request('GET', `${group}/${kinds[0]}/calm`))
      await ready(options)
      const after = succeeded(await api.request('GET', `${group}/${kinds[0]}/calm`))
      expect(withoutBundles(after)).toEqual(withoutBundles(before))
      const settled = [
        await versions('calm'),
        succeeded(await api.request('GET', secretOf(options))).metadata,
      ]
      await Promise.all([ready(options), ready(options)])
      // Somebody else's change is no reason for one of ours, either.
      const labelled = { metadata: { labels: { team: 'platform' } } }
      const patched = succeeded(await api.request('PATCH', `${group}/${kinds[1]}/calm`, { body: labelled }))
      await server().createNamespace('calm-later')
      expect((await versions('calm'))[0]).toEqual((settled[0] as object[])[0])
      expect((await versions('calm'))[1]).toEqual(patched.metadata)
      expect(succeeded(await api.request('GET', secretOf(options))).metadata).toEqual(settled[1])
    })

    it('of three replicas at once leaves one pair, which all of them serve', async () => {
      const options = await install('race')
      await configure('race')
      const replicas = await Promise.all([1, 2, 3].map(() => ready(options)))
      const data = await stored(options)
      expect(replicas.map(servedBy)).toEqual(Array(3).fill(data['tls.crt']))
      expect(contentsOf(data, anyName).authorities).toHaveLength(1)
      expect(replicas.flatMap(({ failures }) => failures)).toEqual([])
    })

    it('fills a Secret that was shipped empty, whatever its labels and type', async () => {
      const options = await install('shipped')
      const metadata = { name: 'shipped-tls', labels: { 'app.kubernetes.io/managed-by': 'Helm' } }
      const body = { metadata, type: 'Opaque' }
      succeeded(await api.request('POST', secretOf(options).replace('/shipped-tls', ''), { body }))
      const keeping = await ready(options)
      expect(servedBy(keeping)).toBe((await stored(options))['tls.crt'])
      expect(succeeded(await api.request('GET', secretOf(options))).metadata).toMatchObject({
        labels: { ...metadata.labels, [mark.name]: mark.value },
      })
    })
  })

  it('fills a caBundle again that a GitOps tool emptied', async () => {
    await configure('gitops')
    const keeping = await ready(await install('gitops'))
    const right = await bundles('gitops')
    const timesMs = []
    for (const kind of kinds) {
      const patch = [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]
      const emptied = performance.now()
      const contentType = 'application/json-patch+json'
      succeeded(await api.request('PATCH', `${group}/${kind}/gitops`, { body: patch, contentType }))
      await until('it is right', 5_000, async () => (await bundles('gitops')).join() === right.join(), 2)
      timesMs.push(Math.round(performance.now() - emptied))
    }
    process.stderr.write(`a caBundle that was emptied is right again after ${timesMs.join(' and ')} ms\n`)
    expect(Math.max(...timesMs)).toBeLessThan(3_000)
    expect(keeping.failures).toEqual([])
  })

  it('trusts a configuration that comes later', async () => {
    const options = await install('later')
    await ready(options)
    await configure('later')
    const { 'ca.crt': ca } = await stored(options)
    await until('it has the CA', 5_000, async () => (await bundles('later')).every(bundle => bundle === ca))
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
      const options = await install(name)
      await configure(name)
      const keeping = await ready({ ...options, propagationMs: 500 })
      const before = await stored(options)
      const untrusted: number[] = []
      keeping.onRenewed(() => keeping.kept.isTrusted() || untrusted.push(keeping.pairs.length))
      succeeded(await lose(secretOf(options)))
      await until('the new pair is served', 10_000, async () => keeping.pairs.length > 1)
      const after = await stored(options)
      expect(after['tls.crt']).not.toBe(before['tls.crt'])
      expect(servedBy(keeping)).toBe(after['tls.crt'])
      expect(after['ca.crt']).toContain(before['ca.crt'])
      expect(after['ca.key']).not.toContain(before['ca.key'] || undefined)
      for (const bundle of await bundles(name)) expect(bundle).toContain(before['ca.crt'])
      expect(untrusted).toEqual([])
    })

    it('says what cannot be used', async () => {
      const options = await install('garbage')
      const keeping = await ready(options)
      succeeded(await api.request('PATCH', secretOf(options), { body: { data: { 'tls.key': 'AAAA' } } }))
      await until('the new pair is served', 10_000, async () => keeping.pairs.length > 1)
      expect(keeping.failures).toEqual([
        'the Secret garbage/garbage-tls cannot be used: tls.key does not hold the key of the certificate in tls.crt; it gets a new certificate',
      ])
    })
  })

  it("leaves somebody else's Secret alone, says what to do, and goes on once that is done", async () => {
    const options = await install('foreign')
    const authority = await createAuthority()
    const { cert, key } = await authority.issue()
    const body = {
      metadata: { name: 'foreign-tls' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key },
    }
    const created = succeeded(
      await api.request('POST', secretOf(options).replace('/foreign-tls', ''), { body }),
    )
    const keeping = keep(options)
    await until('it says so', 5_000, async () => keeping.problems.length > 0)
    expect(keeping.problems).toEqual([
      'the Secret foreign/foreign-tls has content that Pillion did not write, and is left alone. Delete it, or label it pillion.dev/certificates=self-managed, for Pillion to keep its certificate there; or have Pillion use its tls.crt and tls.key by --tls-cert and --tls-key',
    ])
    expect(keeping.kept.readiness()).toBe('the Secret foreign/foreign-tls gives no certificate yet')
    expect(succeeded(await api.request('GET', secretOf(options)))).toEqual(created)
    succeeded(await api.request('DELETE', secretOf(options)))
    await keeping.until(({ kept }) => kept.readiness() === undefined)
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
      says: /^the clock of this machine is 3 h behind the API server's/,
    },
  ])(
    'takes the time from the API server when its own clock is $name, and says so',
    async ({ name, offMs, says }) => {
      const options = await install(name)
      await configure(name)
      await ready(options)
      const before = [await stored(options), await bundles(name)]
      const off = await ready({ ...options, now: () => Date.now() + offMs })
      expect(off.problems).toEqual([expect.stringMatching(says)])
      expect(off.pairs).toHaveLength(1)
      expect([await stored(options), await bundles(name)]).toEqual(before)
    },
  )

  describe('with the rights of a service account', () => {
    it('needs no right on another Secret or configuration, not even to create one', async () => {
      const options = await install('least')
      await configure('least')
      const account = await accountIn('least', rulesFor('least'))
      const keeping = keepForTest(account, options)
      onTestFinished(keeping.stop)
      await keeping.until(({ kept }) => kept.readiness() === undefined)
      expect(keeping.failures).toEqual([])
      succeeded(await api.request('DELETE', secretOf(options)))
      await until('it is made anew', 10_000, async () => keeping.pairs.length > 1)
      const other = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' } }
      expect(
        await account.request('POST', '/api/v1/namespaces/least/secrets', { body: other }),
      ).toMatchObject({
        status: 403,
      })
      expect(await account.request('GET', '/api/v1/namespaces/least/secrets')).toMatchObject({ status: 403 })
      expect(keeping.failures).toEqual([])
    })

    it('says which right it lacks, serves what it has, and goes on once it has it', async () => {
      const options = await install('denied')
      await configure('denied')
      const account = await accountIn('denied', { ...rulesFor('denied'), cluster: [] })
      const keeping = keepForTest(account, options)
      onTestFinished(keeping.stop)
      await keeping.until(({ pairs }) => pairs.length === 1)
      await until('it says so', 5_000, async () =>
        keeping.failures.some(failure => /mutatingwebhookconfigurations.*403: .*cannot list/.test(failure)),
      )
      expect(keeping.kept.readiness()).toBe('the webhook configurations denied are not read yet')
      await allow('denied', rulesFor('denied').cluster)
      await keeping.until(({ kept }) => kept.readiness() === undefined)
    })
  })

  it('rotates ten times under load, through restarts and several CAs, without a failed admission', async () => {
    const options = {
      ...(await install('load')),
      lifetimes: { authorityMs: 15_000, servingMs: 5_000 },
      propagationMs: 500,
    }
    const shop = 'load-shop'
    await server().createNamespace(shop, { labels: { mutate: 'load' } })
    const balancer = await startBalancer()
    onTestFinished(balancer.stop)
    await configure('load', balancer.port)
    const start = async () => {
      const replica = await startReplica(api, options)
      balancer.add(replica.port)
      return replica
    }
    const replicas: Replica[] = await Promise.all([start(), start(), start()])
    const creation = () =>
      server().request<JsonObject>('POST', `/api/v1/namespaces/${shop}/pods`, pod, { dryRun: true })
    await until('the webhook is called', 10_000, async () => isInjected((await creation()).body))

    let isOver = false
    const failed: unknown[] = []
    let created = 0
    const load = Promise.all(
      Array.from({ length: 3 }, async () => {
        while (!isOver) {
          const { status, body } = await creation()
          created += 1
          if (status !== 201 || !isInjected(body)) failed.push(body)
          await pause(10)
        }
      }),
    )
    const servings = new Set<string>()
    const authorities = new Set<string>()
    const observed = async () => {
      const { serving, authorities: found } = contentsOf(await stored(options), anyName)
      if (serving) servings.add(serving.cert)
      for (const { id } of found) authorities.add(id)
      return servings.size
    }
    const restarts = [3, 6, 9]
    await until(
      'it has rotated ten times',
      55_000,
      async () => {
        const rotations = (await observed()) - 1
        if (rotations >= (restarts[0] ?? Number.POSITIVE_INFINITY)) {
          restarts.shift()
          const [oldest] = replicas.splice(0, 1)
          replicas.push(await start())
          if (oldest) balancer.remove(oldest.port)
          await oldest?.stop()
        }
        return rotations >= 10
      },
      100,
    )
    isOver = true
    await load
    for (const replica of replicas) await replica.stop()
    process.stderr.write(
      `${created} Pods, ${servings.size - 1} rotations, ${authorities.size} CAs, ${failed.length} failed\n`,
    )
    expect(failed).toEqual([])
    expect(created).toBeGreaterThan(500)
    expect(authorities.size).toBeGreaterThanOrEqual(4)
    expect(restarts).toEqual([])
    // The dead ones are gone.
    expect(contentsOf(await stored(options), anyName).authorities.length).toBeLessThanOrEqual(3)
  })

  type Rules = { readonly namespace: object[]; readonly cluster: object[] }

  /** What deploy/rbac.yaml has to give for certificates. */
  function rulesFor(name: string): Rules {
    const verbs = ['get', 'list', 'watch', 'patch']
    const secret = { apiGroups: [''], resources: ['secrets'], resourceNames: [`${name}-tls`] }
    return {
      namespace: [{ ...secret, verbs: [...verbs, 'create'] }],
      cluster: [
        { apiGroups: ['admissionregistration.k8s.io'], resources: kinds, resourceNames: [name], verbs },
      ],
    }
  }

  /** The API server as seen by the namespace's service account `default` with these rights. */
  async function accountIn(name: string, { namespace, cluster }: Rules): Promise<Api> {
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: name }]
    const role = { metadata: { name }, rules: namespace }
    succeeded(await api.request('POST', `${rbac}/roles`, { body: role }))
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }
    succeeded(
      await api.request('POST', `${rbac}/rolebindings`, { body: { metadata: { name }, subjects, roleRef } }),
    )
    if (cluster.length > 0) await allow(name, cluster)
    const path = `/api/v1/namespaces/${name}/serviceaccounts/default/token`
    const { status } = succeeded(await api.request('POST', path, { body: {} }))
    const account = apiFor({ ...server(), token: (status as { token: string }).token })
    const secret = `/api/v1/namespaces/${name}/secrets/${name}-tls`
    await until(
      'the rights are in force',
      5_000,
      async () => (await account.request('GET', secret)).status === 404,
    )
    return account
  }

  async function allow(name: string, rules: object[]): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: name }]
    succeeded(await api.request('POST', `${rbac}/clusterroles`, { body: { metadata: { name }, rules } }))
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const body = { metadata: { name }, subjects, roleRef }
    succeeded(await api.request('POST', `${rbac}/clusterrolebindings`, { body }))
  }
})

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', annotations: { 'pillion.dev/inject': 'work-dir' } },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
}

function isInjected(body: JsonObject): boolean {
  return JSON.stringify(body).includes('"name":"work-dir"')
}

function withoutBundles({ metadata, webhooks }: JsonObject): object {
  const { name, labels, annotations } = metadata as JsonObject
  const rest = (webhooks as { clientConfig: object }[]).map(webhook => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: undefined },
  }))
  return { name, labels, annotations, rest }
}
