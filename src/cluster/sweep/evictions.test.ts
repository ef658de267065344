import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { ApiResponse } from '../api/response.ts'
import { mayBeEvicted } from './evict.ts'
import { evictions } from './evictions.ts'
import type { FoundPod } from './found-pod.ts'
import { apiAnswering, foundFor, refuse, replicaSet, succeed } from './sweep.fixture.ts'

const minute = 60_000
const start = Date.parse('2026-01-01T12:00:00Z')

describe('a Pod may be evicted', () => {
  it.each([
    { which: 'a Pod of a ReplicaSet', pod: foundFor('a'), may: true },
    {
      which: 'a Pod of an unknown controller',
      pod: foundFor('a', { controller: { ...replicaSet('x'), kind: 'CloneSet' } }),
      may: true,
    },
    {
      which: 'a Pod of a DaemonSet',
      pod: foundFor('a', { controller: { ...replicaSet('x'), kind: 'DaemonSet' } }),
      may: false,
    },
    {
      which: 'a Pod of a Job',
      pod: foundFor('a', { controller: { ...replicaSet('x'), kind: 'Job' } }),
      may: false,
    },
    {
      which: 'a static Pod',
      pod: foundFor('a', { controller: { ...replicaSet('x'), kind: 'Node' } }),
      may: false,
    },
    { which: 'a Pod that runs to completion', pod: foundFor('a', { isLasting: false }), may: false },
    { which: 'an outdated Pod', pod: foundFor('a', { kind: 'Outdated' }), may: false },
    { which: 'a Pod whose replacement would be refused', pod: foundFor('a', { kind: 'Denied' }), may: false },
  ])('or not: $which: $may', ({ pod, may }) => {
    expect(mayBeEvicted(pod)).toBe(may)
  })

  it('or not: a bare Pod: false', () => {
    const { controller: _, ...bare } = foundFor('a')
    expect(mayBeEvicted(bare)).toBe(false)
  })
})

describe('evictions', () => {
  beforeEach(() => void vi.useFakeTimers({ now: start }))
  afterEach(() => void vi.useRealTimers())

  interface Behaviour {
    readonly replicas?: Readonly<Record<string, number>>
    /** How long a Pod that replaces another takes to become ready; without it, nothing replaces a Pod. */
    readonly readyAfterMs?: number | undefined
    readonly isInjected?: boolean
    readonly perMinute?: number
    readonly answer?: (path: string) => ApiResponse
  }

  /** Some ReplicaSets whose Pods are all missed, and which replace the Pods that are evicted. */
  function cluster({
    replicas = { web: 2 },
    readyAfterMs,
    isInjected = true,
    perMinute = 60,
    answer = () => succeed(new Date()),
  }: Behaviour = {}) {
    const pods = new Map<string, FoundPod & { readonly readyAt: number; readonly isMissed: boolean }>()
    const results: string[] = []
    const failures: string[] = []
    let created = 0
    let leastReady = Number.POSITIVE_INFINITY

    function create(owner: string, createdAt: number, readyAt: number, isMissed: boolean): void {
      const name = `${owner}-${created++}`
      const labels = { app: owner }
      const namespace = owner.startsWith('flood') ? 'flood' : 'shop'
      const found = foundFor(name, { namespace, controller: replicaSet(owner), createdAt, labels })
      pods.set(name, { ...found, requestedAt: found.createdAt, readyAt, isMissed })
    }
    for (const [owner, count] of Object.entries(replicas))
      for (let i = 0; i < count; i++) create(owner, start - minute, 0, true)

    const readyPods = () => [...pods.values()].filter(({ readyAt }) => readyAt <= Date.now()).length
    const api = apiAnswering(
      (_, path) => {
        const name = path.split('/').at(-2) ?? ''
        const said = answer(path)
        const pod = said.ok ? pods.get(name) : undefined
        if (pod) {
          pods.delete(name)
          leastReady = Math.min(leastReady, readyPods())
          if (readyAfterMs !== undefined)
            create(pod.controller?.name ?? '', Date.now(), Date.now() + readyAfterMs, !isInjected)
        }
        return said
      },
      (_, { query }) => {
        const wanted = String(query?.['labelSelector']).replace('app=', '')
        const items = [...pods.values()]
          .filter(({ labels }) => labels['app'] === wanted)
          .map(
            (pod): JsonObject => ({
              metadata: {
                name: pod.name,
                uid: pod.uid,
                creationTimestamp: new Date(pod.createdAt).toISOString(),
                ownerReferences: [{ ...pod.controller, controller: true }],
              },
              status: {
                conditions: [{ type: 'Ready', status: pod.readyAt <= Date.now() ? 'True' : 'False' }],
              },
            }),
          )
        return [{ items, resourceVersion: '1' }]
      },
    )
    const queue = evictions(api, {
      perMinute,
      namespaceOf: name => ({ name, labels: {}, annotations: {} }),
      isMissed: pod => pods.get(String((pod['metadata'] as JsonObject)['name']))?.isMissed ?? false,
      evicted: ({ name }, result) => void results.push(`${name} ${result}`),
      failed: reason => failures.push(reason),
      signal: new AbortController().signal,
    })
    /** A pass finds the missed Pods; then evictions go on for a time. */
    async function pass(forMs: number): Promise<void> {
      queue.begin()
      for (const pod of pods.values()) if (pod.isMissed) await queue.consider(pod)
      const end = Date.now() + forMs
      while (Date.now() < end) vi.advanceTimersByTime(Math.min(await queue.next(), end - Date.now()))
    }
    return { api, pods, queue, results, failures, pass, leastReady: () => leastReady }
  }

  it('heal a Deployment of 20 in four minutes, and take one ready Pod from it at a time', async () => {
    const { pods, results, pass, leastReady } = cluster({
      replicas: { web: 20 },
      readyAfterMs: 5_000,
      perMinute: 10,
    })
    await pass(4 * minute)
    expect([...pods.values()].filter(({ isMissed }) => isMissed)).toEqual([])
    expect(results).toHaveLength(20)
    expect(leastReady()).toBe(19)
  })

  it('are limited for all controllers together', async () => {
    const { results, pass } = cluster({
      replicas: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`web${i}`, 3])),
      readyAfterMs: 5_000,
      perMinute: 10,
    })
    await pass(5 * minute)
    expect(results).toHaveLength(50)
  })

  it('take turns, so that a large controller does not keep others waiting', async () => {
    const { results, pass } = cluster({ replicas: { large: 50, small: 2 }, readyAfterMs: 1_000 })
    await pass(minute)
    expect(results.filter(result => result.startsWith('small'))).toHaveLength(2)
    expect(results.filter(result => result.startsWith('large')).length).toBeGreaterThan(3)
  })

  it('are shared among namespaces, so that one whose Pods cannot be evicted does not hold up the others', async () => {
    const flood = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`flood${i}`, 2]))
    const { results, pass } = cluster({
      replicas: { ...flood, web: 10 },
      readyAfterMs: 1_000,
      perMinute: 10,
      answer: path => (path.includes('/flood/') ? refuse(429) : succeed(new Date())),
    })
    await pass(3 * minute)
    expect(results.filter(result => result.startsWith('web'))).toHaveLength(10)
  })

  it.each([
    { what: 'is not ready', readyAfterMs: 61 * minute },
    { what: 'does not exist', readyAfterMs: undefined },
  ])('take no second Pod of a controller while the replacement $what', async ({ readyAfterMs }) => {
    const { results, pass } = cluster({ replicas: { web: 3 }, readyAfterMs })
    for (let i = 0; i < 3; i++) await pass(10 * minute)
    expect(results).toEqual(['web-0 evicted'])
  })

  it('take no Pod while another one of the controller is not ready', async () => {
    const { pods, results, pass } = cluster({ readyAfterMs: 1_000 })
    const [, second] = [...pods.values()]
    if (second) pods.set(second.name, { ...second, readyAt: start + 5 * minute })
    await pass(4 * minute)
    expect(results).toEqual([])
    await pass(2 * minute)
    expect(results[0]).toBe('web-0 evicted')
  })

  it('start again with the next pass', async () => {
    const { queue, pods, results } = cluster()
    for (const pod of pods.values()) await queue.consider(pod)
    queue.begin()
    expect(await queue.next()).toBe(Number.POSITIVE_INFINITY)
    expect(results).toEqual([])
  })

  it('name the Pod by its uid', async () => {
    const { api, pass } = cluster()
    await pass(1_000)
    expect(api.calls.find(({ method }) => method === 'POST')).toMatchObject({
      path: '/api/v1/namespaces/shop/pods/web-0/eviction',
      body: { deleteOptions: { preconditions: { uid: 'uid-of-web-0' } } },
    })
  })

  it.each([
    { status: 404, result: 'gone', isFailure: false },
    { status: 409, result: 'gone', isFailure: false },
    { status: 403, result: 'failed', isFailure: true },
    { status: 500, result: 'failed', isFailure: true },
  ])('that are answered with $status: $result', async ({ status, result, isFailure }) => {
    const { results, failures, pass } = cluster({ replicas: { web: 1 }, answer: () => refuse(status) })
    await pass(5_000)
    expect(results).toEqual([`web-0 ${result}`])
    expect(failures.length > 0).toBe(isFailure)
  })

  it('are tried again a minute after a PodDisruptionBudget forbade one', async () => {
    const { results, failures, pass } = cluster({ replicas: { web: 3 }, answer: () => refuse(429) })
    await pass(1.5 * minute)
    expect(results).toEqual(['web-0 protected', 'web-0 protected'])
    expect(failures).toEqual([])
  })

  it('stop for an hour where the Pod that comes instead is missed, too', async () => {
    const { results, failures, pass } = cluster({ readyAfterMs: 1_000, isInjected: false })
    await pass(10 * minute)
    await pass(10 * minute)
    expect(results).toEqual(['web-0 evicted'])
    expect(failures).toEqual([expect.stringContaining('ReplicaSet shop/web: a Pod that replaced an evicted')])
    vi.advanceTimersByTime(60 * minute)
    await pass(5_000)
    expect(results).toEqual(['web-0 evicted', 'web-1 evicted'])
  })
})
