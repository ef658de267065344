import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ApiResponse } from '../api/response.ts'
import { mayBeEvicted } from './evict.ts'
import { evictions } from './evictions.ts'
import { apiAnswering, foundFor, refuse, replicaSet, succeed } from './sweep.fixture.ts'

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
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function evicting(answer: () => ApiResponse = succeed, { isDryRun = false, mostPerPass = 100 } = {}) {
    const api = apiAnswering(() => answer())
    const results: string[] = []
    const failures: string[] = []
    const queue = evictions(api, {
      isDryRun,
      perMinute: 60,
      mostPerPass,
      evicted: ({ name }, result) => results.push(`${name} ${result}`),
      failed: reason => failures.push(reason),
      signal: new AbortController().signal,
    })
    async function drain() {
      for (let waitMs = 0; waitMs !== Number.POSITIVE_INFINITY; waitMs = await queue.next()) {
        vi.advanceTimersByTime(waitMs)
      }
    }
    return { api, queue, results, failures, drain }
  }

  const ofEach = (...names: string[]) => names.map(name => foundFor(name, { controller: replicaSet(name) }))

  it('keep the pace: one Pod in each interval', async () => {
    const { queue, results } = evicting()
    for (const pod of ofEach('a', 'b')) queue.consider(pod)
    expect(await queue.next()).toBe(1_000)
    vi.advanceTimersByTime(400)
    expect(await queue.next()).toBe(600)
    expect(results).toEqual(['a evicted'])
    vi.advanceTimersByTime(600)
    await queue.next()
    expect(results).toEqual(['a evicted', 'b evicted'])
  })

  it('take one Pod of a controller in a pass, and the next in the next', async () => {
    const { queue, results, drain } = evicting()
    for (const pass of [1, 2]) {
      queue.begin()
      for (const name of ['a', 'b']) queue.consider(foundFor(`${name}${pass}`))
      await drain()
    }
    expect(results).toEqual(['a1 evicted', 'a2 evicted'])
  })

  it('take no more in a pass than there is time for, and begin anew with the next', async () => {
    const { queue, results, drain } = evicting(succeed, { mostPerPass: 2 })
    for (const pod of ofEach('a', 'b', 'c')) queue.consider(pod)
    await queue.next()
    queue.begin()
    await drain()
    expect(results).toEqual(['a evicted'])
  })

  it('name the Pod by its uid, and change nothing in a dry run', async () => {
    const { api, queue, results, drain } = evicting(succeed, { isDryRun: true })
    queue.consider(foundFor('a'))
    await drain()
    expect(api.calls[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/a/eviction',
      body: { deleteOptions: { preconditions: { uid: 'uid-of-a' }, dryRun: ['All'] } },
    })
    expect(results).toEqual(['a would-evict'])
  })

  it.each([
    { status: 429, result: 'protected', isFailure: false },
    { status: 404, result: 'gone', isFailure: false },
    { status: 409, result: 'gone', isFailure: false },
    { status: 403, result: 'failed', isFailure: true },
    { status: 500, result: 'failed', isFailure: true },
  ])('that are answered with $status: $result', async ({ status, result, isFailure }) => {
    const { queue, results, failures, drain } = evicting(() => refuse(status))
    queue.consider(foundFor('a'))
    await drain()
    expect(results).toEqual([`a ${result}`])
    expect(failures.length > 0).toBe(isFailure)
  })

  it('stop for an hour where the Pod that comes instead is missed, too', async () => {
    const evictedAt = new Date('2026-01-01T12:00:00Z')
    const { queue, results, failures, drain } = evicting(() => succeed(evictedAt))
    const old = (name: string) => foundFor(name, { createdAt: evictedAt.getTime() - 60_000 })
    const replacement = (name: string) => foundFor(name, { createdAt: evictedAt.getTime() })
    async function pass(...pods: Parameters<typeof queue.consider>[0][]) {
      queue.begin()
      for (const pod of pods) queue.consider(pod)
      await drain()
    }
    await pass(old('a'), old('b'))
    await pass(replacement('c'), old('b'))
    await pass(replacement('c'), old('b'))
    expect(results).toEqual(['a evicted'])
    expect(failures).toEqual([expect.stringContaining('ReplicaSet shop/web: a Pod that replaced an evicted')])

    vi.advanceTimersByTime(60 * 60_000)
    await pass(replacement('c'))
    expect(results).toEqual(['a evicted', 'c evicted'])
  })
})
