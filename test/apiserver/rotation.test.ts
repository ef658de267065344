import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { succeeded } from '../../src/cluster/api/api.ts'
import { contentsOf } from '../../src/cluster/certificate/certificate-contents.ts'
import { certificatesIn } from '../../src/cluster/certificate/pem.ts'
import { allowEverywhere } from './account.ts'
import type { ApiServer } from './apiserver.ts'
import { startBalancer } from './balancer.ts'
import { apiFor } from './client.ts'
import { configure, type Installation, install } from './installation.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { keepUntilReady, quick, type Replica, type ReplicaOptions, startReplica } from './replica.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const rotations = 10
/** After how many rotations a replica is replaced by a new one. */
const restarts = [3, 6, 9]

describeWithApiServer('three replicas that keep their certificate', server => {
  it('rotate ten times under load, through restarts and several CAs, without a failed admission', async () => {
    const { installation, balancer, replicas, start, create } = await threeReplicas('pillion', {
      lifetimes: await shortLifetimes(server()),
      propagationMs: 500,
    })
    const load = loading(create)
    const [servings, authorities] = [new Set<string>(), new Set<string>()]
    const remaining = [...restarts]
    const isEnough = () => servings.size > rotations && authorities.size >= 4 && load.created() >= 200
    while (!isEnough()) {
      const { serving, authorities: found } = contentsOf(await installation.stored(), anyName)
      if (serving) servings.add(serving.cert)
      for (const { id } of found) authorities.add(id)
      if (servings.size > (remaining[0] ?? Number.POSITIVE_INFINITY)) {
        remaining.shift()
        replicas.push(await start())
        const oldest = replicas.shift()
        if (oldest) await balancer.remove(oldest.port)
        await oldest?.stop()
      }
      await pause(100)
    }
    const { created, failed } = await load.stop()
    for (const replica of replicas) await replica.stop()
    process.stderr.write(
      `${created} Pods, ${servings.size - 1} rotations, ${authorities.size} CAs, ${restarts.length} restarts, ${failed.length} failed\n`,
    )
    expect(failed).toEqual([])
    // Those that died are gone.
    expect(contentsOf(await installation.stored(), anyName).authorities.length).toBeLessThan(authorities.size)
  })

  describe('when the keys have leaked', () => {
    let restore: () => Promise<void>
    beforeAll(async () => {
      restore = await useKubeconfig(server(), 'default')
    })
    afterAll(() => restore())
    const revoke = (name: string, ...flags: string[]) =>
      pillion('certificates', 'revoke', '--name', name, '--installation-namespace', name, ...flags)

    it('are trusted by nobody after pillion certificates revoke, and no admission fails meanwhile', async () => {
      const { installation, replicas, create } = await threeReplicas('leaked', { propagationMs: 500 })
      // Two CAs, as after a renewal.
      succeeded(await apiFor(server()).request('DELETE', installation.secret))
      await until('a second CA serves', 10_000, async () =>
        replicas.every(replica => replica.pairs.length === 2),
      )
      const before = await trusted(installation)
      expect(before).toHaveLength(2)

      const dry = await revoke('leaked', '--dry-run')
      expect(dry).toMatchObject({ code: 0, err: '' })
      expect(fingerprintsIn(dry.out)).toEqual(before)
      expect(await trusted(installation)).toEqual(before)

      const load = loading(create)
      await until('Pods are created', 10_000, async () => load.created() > 0)
      const { code, out, err } = await revoke('leaked')
      const during = load.created()
      await until('Pods are created with the new CA', 10_000, async () => load.created() > during + 20)
      const { created, failed } = await load.stop()
      process.stderr.write(`${created} Pods around a revocation, ${failed.length} failed\n`)
      expect({ code, err, failed }).toEqual({
        code: 0,
        err: expect.stringMatching(
          /^The replicas make a new CA .*\n.*there is no Deployment leaked\/leaked\n$/,
        ),
        failed: [],
      })
      const after = await trusted(installation)
      expect(after).toHaveLength(1)
      expect(before).not.toContain(after[0])
      expect(fingerprintsIn(out)).toEqual([...before, ...after].sort())
      const served = replicas.map(({ pairs }) => pairs.at(-1)?.cert.toString())
      expect(served).toEqual(Array(3).fill((await installation.stored())['tls.crt']))
      for (const replica of replicas) await replica.stop()
    })

    it('are revoked with the permissions that docs/certificates.md lists, and with no others', async () => {
      const { installation, replicas } = await threeReplicas('narrow', quick)
      const stranger = ['--context', 'stranger']
      const denied = await revoke('narrow', ...stranger)
      expect(denied).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /^you may not get secrets\/narrow-tls in namespace narrow: ask your admin/,
        ),
      })
      const before = await trusted(installation)
      await allowEverywhere(server(), 'default', [
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['narrow-tls'],
          verbs: ['get', 'patch'],
        },
        {
          apiGroups: ['admissionregistration.k8s.io'],
          resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
          resourceNames: ['narrow'],
          verbs: ['get'],
        },
      ])
      await until('they are in force', 10_000, async () => {
        return (await revoke('narrow', '--dry-run', ...stranger)).code === 0
      })
      expect(await revoke('narrow', ...stranger)).toMatchObject({ code: 0 })
      expect(await trusted(installation)).not.toEqual(before)
      for (const replica of replicas) await replica.stop()
    })

    it.each([
      { why: 'there is no installation', name: 'none', says: /^there is no .*\/secrets\/none-tls \(--name/ },
      {
        why: 'the Secret is not of Pillion',
        name: 'foreign',
        objects: [secretOf('foreign', {})],
        says: /^the Secret foreign\/foreign-tls is not from Pillion: it lacks the label/,
      },
      {
        why: 'the certificate comes from files',
        name: 'files',
        objects: [secretOf('files', ours), deploymentOf('files', '--tls-cert=/tls/tls.crt')],
        says: /^files\/files uses a certificate from files \(--tls-cert\): revoke it where it was issued/,
      },
      {
        why: 'no replica runs',
        name: 'stopped',
        objects: [secretOf('stopped', ours), deploymentOf('stopped')],
        says: /^the CAs are marked as revoked, but no replica of stopped\/stopped is ready .*: start one/,
      },
    ])('are not revoked when $why, and the command says so', async ({ name, objects = [], says }) => {
      const api = apiFor(server())
      await install(server(), name)
      if (objects.length > 0) await configure(api, name)
      for (const { path, body } of objects) succeeded(await api.request('POST', path, { body }))
      expect(await revoke(name)).toMatchObject({ code: 1, err: expect.stringMatching(says) })
    })

    it('stay when the time in the annotation is not one, and the replicas say so', async () => {
      const installation = { ...(await install(server(), 'typo')), ...quick }
      const api = apiFor(server())
      await configure(api, 'typo')
      const keeping = await keepUntilReady(api, installation)
      const body = { metadata: { annotations: { 'pillion.dev/revoke-before': 'now' } } }
      succeeded(await api.request('PATCH', installation.secret, { body }))
      await until('it says so', 10_000, async () => keeping.problems.length > 0)
      expect(keeping.problems).toEqual([expect.stringMatching(/revoke-before .* is not a time .*: "now"$/)])
      expect(keeping.pairs).toHaveLength(1)
    })
  })

  /** Behind one address, called for Pods of a namespace. */
  async function threeReplicas(name: string, options: Partial<ReplicaOptions>) {
    const api = apiFor(server())
    const installation = await install(server(), name)
    await server().createNamespace(`shop-of-${name}`, { labels: { mutate: name } })
    const balancer = await startBalancer()
    onTestFinished(balancer.stop)
    await configure(api, name, balancer.port)
    const start = async () => {
      const replica = await startReplica(api, { ...installation, ...quick, ...options })
      balancer.add(replica.port)
      return replica
    }
    const replicas: Replica[] = await Promise.all([start(), start(), start()])
    const create = () =>
      server().request('POST', `/api/v1/namespaces/shop-of-${name}/pods`, pod, { dryRun: true })
    await until('the webhook is called', 10_000, async () => isInjected((await create()).body))
    return { installation, balancer, replicas, start, create }
  }
})

const ours = { 'pillion.dev/certificates': 'self-managed' }

function secretOf(name: string, labels: object) {
  const body = { metadata: { name: `${name}-tls`, labels }, data: { 'ca.crt': btoa('a CA') } }
  return { path: `/api/v1/namespaces/${name}/secrets`, body }
}

/** Nothing starts its replicas. */
function deploymentOf(name: string, ...args: readonly string[]) {
  const labels = { app: name }
  const spec = { containers: [{ name: 'pillion', image: 'pillion', args }] }
  const body = {
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
  return { path: `/apis/apps/v1/namespaces/${name}/deployments`, body }
}

/** The fingerprints of the CAs in the `caBundle` of any webhook. */
async function trusted({ bundles }: Installation): Promise<readonly string[]> {
  const all = (await bundles()).flatMap(certificatesIn)
  return [...new Set(all.map(({ fingerprint256 }) => fingerprint256))].sort()
}

function fingerprintsIn(text: string): readonly string[] {
  return [...text.matchAll(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}/gm)].map(([found]) => found).sort()
}

/**
 * Short enough for ten rotations in half a minute on a quiet machine. A replica has a third of them to renew a certificate: on
 * a busy machine, where a request takes ten times as long, a replica needs more than the 1.7 s.
 */
async function shortLifetimes({ request }: ApiServer) {
  const times: number[] = []
  for (let i = 0; i < 30; i++) {
    const startMs = performance.now()
    await request('POST', '/api/v1/namespaces/default/pods', pod, { dryRun: true })
    times.push(performance.now() - startMs)
  }
  const slowness = Math.min(Math.max(1, Math.max(...times) / 50), 5)
  return { authorityMs: 15_000 * slowness, servingMs: 5_000 * slowness }
}

const anyName = { dnsNames: [], ipAddresses: [] }

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', annotations: { 'pillion.dev/inject': 'work-dir' } },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
}

function isInjected(body: unknown): boolean {
  return JSON.stringify(body).includes('"name":"work-dir"')
}

/** Three callers, until they are told to stop. How often they create a Pod depends on the machine. */
function loading(create: () => Promise<{ status: number; body: unknown }>) {
  let isOver = false
  let created = 0
  const failed: unknown[] = []
  const callers = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (!isOver) {
        const { status, body } = await create()
        created += 1
        if (status !== 201 || !isInjected(body)) failed.push(body)
        await pause(10)
      }
    }),
  )
  return {
    created: () => created,
    async stop() {
      isOver = true
      await callers
      return { created, failed }
    },
  }
}
