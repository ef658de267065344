import { setImmediate as breath } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { ApiFailure } from '../api/api.ts'
import { apiAnswering, refuse, succeed } from './sweep.fixture.ts'
import { type Pass, type SweepRegularlyOptions, sweepRegularly } from './sweep-loop.ts'

const minute = 60_000
const owner = (name: string) => ({ kind: 'ReplicaSet', name, uid: name, controller: true })
const missedPod = (name: string): JsonObject => ({
  metadata: {
    namespace: 'shop',
    name,
    uid: name,
    annotations: { 'pillion.dev/inject': 'agent' },
    ownerReferences: [owner(name)],
  },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})

/** In steps, between which a pass gets on: it gives way to others for real. */
async function wait(ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 500) {
    await vi.advanceTimersByTimeAsync(500)
    for (let i = 0; i < 4; i++) await breath()
  }
}

describe('the sweep', () => {
  const stopping: AbortController[] = []
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    for (const each of stopping.splice(0)) each.abort()
    vi.useRealTimers()
  })

  function sweeping(options: Partial<SweepRegularlyOptions> = {}, pods = [missedPod('a'), missedPod('b')]) {
    const state = { isLeader: true, refuses: false }
    const passes: Pass[] = []
    const events: string[] = []
    const controller = new AbortController()
    stopping.push(controller)
    const api = apiAnswering(
      () => succeed(),
      () => {
        if (state.refuses) throw new ApiFailure({ ...refuse(503), ok: false, status: 503, message: 'busy' })
        return [{ items: pods, resourceVersion: '1' }]
      },
    )
    sweepRegularly(api, {
      examiner: {
        mayMatter: () => true,
        isCalled: () => ({ outcome: 'called', because: '' }),
        examine: () => ({ kind: 'Missed', message: 'secret text', profiles: ['agent'] }),
      },
      namespaceOf: name => ({ name, labels: {}, annotations: {} }),
      excludedNamespaces: new Set(),
      isLeader: () => state.isLeader,
      isReady: () => true,
      intervalMs: 10 * minute,
      evict: 'missed',
      evictionsPerMinute: 2,
      name: 'pillion',
      identity: 'replica-0',
      swept: pass => void passes.push(pass),
      evicted: ({ name }, result) => void events.push(`${name} ${result}`),
      resigned: () => void events.push('resigned'),
      failed: reason => void events.push(reason),
      signal: controller.signal,
      ...options,
    })
    return { state, passes, events, api }
  }

  it('begins as soon as all is known, and comes again after each interval, more or less', async () => {
    const isReady = vi.fn(() => false)
    const { passes } = sweeping({ isReady })
    await wait(minute)
    expect(passes).toEqual([])
    isReady.mockReturnValue(true)
    await wait(2_000)
    expect(passes).toHaveLength(1)
    expect(passes[0]).toMatchObject({ pods: 2, examined: 2, totals: { Missed: 2 } })
    await wait(8 * minute)
    expect(passes).toHaveLength(1)
    await wait(4 * minute)
    expect(passes).toHaveLength(2)
  })

  it('sweeps nothing while another replica leads, and at once when it becomes the leader', async () => {
    const { state, passes, events } = sweeping()
    await wait(2_000)
    expect(passes).toHaveLength(1)
    state.isLeader = false
    await wait(30 * minute)
    expect(passes).toHaveLength(1)
    expect(events.filter(event => event === 'resigned')).toHaveLength(1)
    state.isLeader = true
    await wait(2_000)
    expect(passes).toHaveLength(2)
  })

  it('tries again after a while when a pass fails, and says why', async () => {
    const { state, passes, events } = sweeping()
    await wait(2_000)
    state.refuses = true
    await wait(11 * minute)
    expect(passes).toHaveLength(1)
    expect(events.filter(event => event === 'the sweep: 503: busy').length).toBeGreaterThan(0)
    state.refuses = false
    await wait(10 * minute)
    expect(passes.length).toBeGreaterThan(1)
  })

  it('evicts what it found, at the pace that is allowed', async () => {
    const { events } = sweeping()
    await wait(17_000)
    expect(events).toEqual(['a evicted'])
    await wait(27_000)
    expect(events).toEqual(['a evicted'])
    await wait(3_000)
    expect(events).toEqual(['a evicted', 'b evicted'])
  })

  it('evicts nothing in the first 15 s of a leader, which the API server may not reach yet', async () => {
    const { state, passes, events } = sweeping()
    await wait(14_000)
    expect(passes).toHaveLength(1)
    expect(events).toEqual([])
    state.isLeader = false
    await wait(2_000)
    state.isLeader = true
    await wait(14_000)
    expect(events).toEqual(['resigned'])
    await wait(3_000)
    expect(events).toEqual(['resigned', 'a evicted'])
  })

  it('says on the Pod that it was evicted', async () => {
    const { api } = sweeping()
    await wait(17_000)
    const posted = api.calls.filter(({ path }) => path === '/api/v1/namespaces/shop/events')
    expect(posted.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ reason: 'EvictedByPillion', type: 'Normal' }),
    )
  })

  it('evicts nothing by default', async () => {
    const { events, api } = sweeping({ evict: 'none' })
    await wait(2 * minute)
    expect(events).toEqual([])
    expect(api.calls.filter(({ path }) => path.endsWith('/eviction'))).toEqual([])
  })

  it('evicts nothing when it leads no longer', async () => {
    const { state, events } = sweeping()
    await wait(17_000)
    state.isLeader = false
    await wait(5 * minute)
    expect(events).toEqual(['a evicted', 'resigned'])
  })

  it('does not log or publish contents of a Pod', async () => {
    const { passes, events } = sweeping()
    await wait(2_000)
    expect(JSON.stringify([passes, events])).not.toContain('secret')
  })
})
