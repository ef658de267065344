import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { contentsOf } from '../../src/cluster/certificate/certificate-contents.ts'
import { startBalancer } from './balancer.ts'
import { apiFor } from './client.ts'
import { configure, install } from './installation.ts'
import { quick, type Replica, startReplica } from './replica.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const rotations = 10
/** After how many rotations a replica is replaced by a new one. */
const restarts = [3, 6, 9]

describeWithApiServer('three replicas that keep their certificate', server => {
  it('rotate ten times under load, through restarts and several CAs, without a failed admission', async () => {
    const api = apiFor(server())
    const installation = await install(server(), 'pillion')
    await server().createNamespace('shop', { labels: { mutate: 'pillion' } })
    const balancer = await startBalancer()
    onTestFinished(balancer.stop)
    await configure(api, 'pillion', balancer.port)
    const start = async () => {
      const replica = await startReplica(api, { ...installation, ...quick, ...shortLived })
      balancer.add(replica.port)
      return replica
    }
    const replicas: Replica[] = await Promise.all([start(), start(), start()])
    const create = () => server().request('POST', '/api/v1/namespaces/shop/pods', pod, { dryRun: true })
    await until('the webhook is called', 10_000, async () => isInjected((await create()).body))

    const load = loading(create)
    const [servings, authorities] = [new Set<string>(), new Set<string>()]
    const remaining = [...restarts]
    while (servings.size <= rotations) {
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
      `${created} Pods, ${rotations} rotations, ${authorities.size} CAs, ${restarts.length} restarts, ${failed.length} failed\n`,
    )
    expect(failed).toEqual([])
    expect(created).toBeGreaterThan(500)
    expect(authorities.size).toBeGreaterThanOrEqual(4)
    // Those that died are gone.
    expect(contentsOf(await installation.stored(), anyName).authorities.length).toBeLessThan(authorities.size)
  })
})

const shortLived = {
  lifetimes: { authorityMs: 15_000, servingMs: 5_000 },
  propagationMs: 500,
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

/** Three callers, until they are told to stop. */
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
    async stop() {
      isOver = true
      await callers
      return { created, failed }
    },
  }
}
