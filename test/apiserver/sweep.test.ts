import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Pass, sweepRegularly } from '../../src/cluster/sweep/sweep-loop.ts'
import { cluster as anyCluster, profilesOf } from '../../src/engine/decide.fixture.ts'
import { mayBeMissed, missed } from '../../src/engine/missed.ts'
import type { Namespace, Pod } from '../../src/engine/pod.ts'
import { isCalledFor } from '../../src/engine/select/call-path.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { createBlocked } from './blocked.ts'
import { apiFor } from './client.ts'
import { kubernetesVersion } from './from.ts'
import { createPod, podFor, recording } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const cluster = { ...anyCluster, kubernetesVersion }

const profilesWith = (image: string) =>
  profilesOf({ agent: { containers: [{ name: 'agent', image, env: [{ name: 'SECRET', value: 'x' }] }] } })
const asking = { annotations: { 'pillion.dev/inject': 'agent' } }

interface SweepWishes {
  readonly isLeader?: boolean
  readonly evict?: 'none' | 'missed'
}

interface Event {
  readonly reason: string
  readonly type: string
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

describeWithApiServer('the sweep of a real API server', server => {
  const enabled: Namespace = {
    name: 'enabled',
    labels: { 'pillion.dev/inject': 'enabled' },
    annotations: { 'pillion.dev/inject': 'agent' },
  }
  const namespaceOf = (name: string) => (name === 'enabled' ? enabled : { name, labels: {}, annotations: {} })

  // No webhook is registered: these have started while it could not be reached.
  beforeAll(async () => {
    for (const name of ['shop', 'bank', 'enabled', 'quiet']) await server().createNamespace(name)
    const injected = podFor('injected', asking) as { spec: { initContainers?: object[] } }
    injected.spec.initContainers = [
      { name: 'agent', image: 'agent:1', env: [{ name: 'SECRET', value: 'x' }], restartPolicy: 'Always' },
    ]
    const revision = profilesWith('agent:1').find('agent', 'shop')?.revision
    const status = JSON.stringify({ profiles: { agent: { revision, initContainers: ['agent'] } } })
    await createPod(server(), 'shop', {
      ...injected,
      metadata: { name: 'injected', annotations: { ...asking.annotations, 'pillion.dev/status': status } },
    })
    for (let i = 0; i < 30; i++) await createPod(server(), 'shop', podFor(`silent-${i}`))
    await createPod(server(), 'shop', podFor('lacking', asking))
    await createPod(server(), 'bank', podFor('lacking', asking))
    await createPod(server(), 'bank', podFor('misspelt', { annotations: { 'pillion.dev/inject': 'agnet' } }))
    await createPod(server(), 'bank', podFor('finished', asking))
    await server().request('PATCH', '/api/v1/namespaces/bank/pods/finished/status', {
      status: { phase: 'Succeeded' },
    })
    await createPod(server(), 'enabled', podFor('inheriting'))
    await createPod(server(), 'quiet', podFor('excluded', asking))
  })

  /** Sweeps until a pass is over, with these profiles; gives what the server would count. */
  async function sweep(profiles: Profiles, { isLeader = true, evict = 'none' }: SweepWishes = {}) {
    const stopping = new AbortController()
    onTestFinished(() => stopping.abort())
    const passes: Pass[] = []
    const failures: string[] = []
    const evicted: string[] = []
    const { api, calls } = recording(apiFor(server()))
    sweepRegularly(api, {
      examiner: {
        mayMatter: (pod, namespace) => mayBeMissed(pod as Pod, namespace),
        isCalled: (stored, pod, namespace) => isCalledFor(stored, { pod: pod as Pod, namespace }),
        examine: (pod, namespace) => missed({ pod: pod as Pod, namespace }, profiles, cluster),
      },
      namespaceOf,
      excludedNamespaces: new Set(['quiet']),
      isLeader: () => isLeader,
      isReady: () => true,
      intervalMs: 600_000,
      evict,
      name: 'pillion',
      evictionsPerMinute: 1_000,
      identity: 'replica-0',
      swept: pass => passes.push(pass),
      evicted: ({ name }, result) => evicted.push(`${name} ${result}`),
      resigned: () => {},
      failed: reason => failures.push(reason),
      signal: stopping.signal,
      tickMs: 20,
    })
    await until('a pass is over', 20_000, async () => passes.length > 0 || !isLeader)
    return { passes, calls, failures, evicted }
  }

  async function events(namespace: string): Promise<readonly Event[]> {
    const path = `/api/v1/namespaces/${namespace}/events`
    return (await server().request<{ items: Event[] }>('GET', path)).body.items
  }

  it('finds the Pods that were missed and those that would be refused, and no others', async () => {
    const { passes, failures } = await sweep(profilesWith('agent:1'))
    expect(failures).toEqual([])
    expect(passes[0]).toMatchObject({ pods: 35, examined: 5, totals: { Missed: 3, Outdated: 0, Denied: 1 } })
    expect(passes[0]?.shortfalls).toEqual([
      { namespace: 'bank', kind: 'Missed', count: 1 },
      { namespace: 'bank', kind: 'Denied', count: 1 },
      { namespace: 'enabled', kind: 'Missed', count: 1 },
      { namespace: 'shop', kind: 'Missed', count: 1 },
    ])
  })

  it('says so on each of them, once, whichever replica sweeps again', async () => {
    await sweep(profilesWith('agent:1'))
    await sweep(profilesWith('agent:1'))
    const shop = await events('shop')
    expect(shop.map(({ reason, involvedObject }) => [involvedObject.name, reason])).toEqual([
      ['lacking', 'InjectionMissed'],
    ])
    expect(shop[0]).toMatchObject({
      type: 'Warning',
      message:
        'runs without what it asked for; profiles: agent. The Pod that replaces it gets it. For details: pillion explain pod lacking -n shop',
    })
    const bank = await events('bank')
    expect(bank.map(({ reason }) => reason).sort()).toEqual(['InjectionDenied', 'InjectionMissed'])
    expect(await events('quiet')).toEqual([])
  })

  it('finds an earlier revision after a profile has changed', async () => {
    const { passes } = await sweep(profilesWith('agent:2'))
    expect(passes[0]?.shortfalls).toContainEqual({ namespace: 'shop', kind: 'Outdated', count: 1 })
    const outdated = (await events('shop')).find(({ reason }) => reason === 'InjectionOutdated')
    expect(outdated?.involvedObject.name).toBe('injected')
    expect(outdated?.message).toMatch(/^has an earlier revision of a profile; profiles: agent\./)
  })

  it('reads metadata of all, and the whole of few: one by one or by namespace, as is cheaper', async () => {
    const { calls } = await sweep(profilesWith('agent:1'))
    const asked = calls.filter(call => !call.startsWith('POST'))
    expect(asked.sort()).toEqual([
      'GET /api/v1/namespaces/shop/pods/injected',
      'GET /api/v1/namespaces/shop/pods/lacking',
      'LIST /api/v1/events',
      'LIST /api/v1/namespaces/bank/pods',
      'LIST /api/v1/namespaces/enabled/pods',
      'LIST /api/v1/pods metadata',
      'LIST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    ])
  })

  it('asks for nothing where another replica leads', async () => {
    const { calls } = await sweep(profilesWith('agent:1'), { isLeader: false })
    expect(calls).toEqual([])
  })

  it('finds workloads that cannot create Pods, as long as they cannot', async () => {
    const answer = 'admission webhook "pod.inject.pillion.dev" denied the request: Pillion denies it'
    const labels = { app: 'web' }
    const spec = { containers: [{ name: 'app', image: 'example/app:1' }] }
    const template = { metadata: { labels }, spec }
    const place = { namespace: 'bank', name: 'web-1' }
    const blocked = await createBlocked(server(), { ...place, answer, labels, template })

    const before = await sweep(profilesWith('agent:1'))
    expect(before.failures).toEqual([])
    expect(before.passes[0]?.blocked).toEqual([{ namespace: 'bank', count: 1 }])
    await blocked.recover()
    const after = await sweep(profilesWith('agent:1'))
    expect(after.passes[0]?.blocked).toEqual([])
  })

  it('evicts a missed Pod that somebody replaces, and no other', async () => {
    const controller = { kind: 'ReplicaSet', name: 'web' }
    await createPod(server(), 'shop', podFor('web-1', { ...asking, controller }))
    const isThere = async (name: string) =>
      (await server().request('GET', `/api/v1/namespaces/shop/pods/${name}`)).status === 200

    const { evicted } = await sweep(profilesWith('agent:1'), { evict: 'missed' })
    await until('it is evicted', 10_000, async () => evicted.length > 0)
    expect(evicted).toEqual(['web-1 evicted'])
    await until('it is gone', 10_000, async () => !(await isThere('web-1')))
    expect(await isThere('lacking')).toBe(true)
    const said = (await events('shop')).find(({ reason }) => reason === 'EvictedByPillion')
    expect(said).toMatchObject({
      type: 'Normal',
      involvedObject: { name: 'web-1' },
      message: expect.stringMatching(
        /^Pillion evicted the Pod, because .*profiles: agent\. ReplicaSet web creates/,
      ),
    })
  })
})
