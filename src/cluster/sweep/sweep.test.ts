import { describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { ApiFailure } from '../api/api.ts'
import type { ApiResponse } from '../api/response.ts'
import type { FoundPod } from './found-pod.ts'
import { apiAnswering, refuse } from './sweep.fixture.ts'
import { type SweepOptions, sweepOnce } from './sweep.ts'

/** Pods. Those with a `wish` matter. */
const podNamed = (name: string, wish?: string): JsonObject => ({
  metadata: { namespace: 'shop', name, uid: name, ...(wish !== undefined && { annotations: { wish } }) },
  spec: {},
})
const wishOf = ({ metadata }: JsonObject) =>
  ((metadata as JsonObject)['annotations'] as JsonObject | undefined)?.['wish']

const examiner: SweepOptions['examiner'] = {
  isCalled: (_, pod) => {
    const outcome = String(wishOf(pod)).startsWith('unknown') ? 'unknown' : 'called'
    return wishOf(pod) === 'unwanted'
      ? { outcome: 'not called', because: 'its objectSelector leaves it out' }
      : { outcome, because: 'its matchCondition asks who is asking' }
  },
  mayMatter: pod => wishOf(pod) !== undefined,
  examine(pod) {
    if (wishOf(pod) === 'bug') throw new TypeError('cannot read hunter2')
    return wishOf(pod) !== undefined
      ? { kind: 'Missed', message: 'lacks it', profiles: ['agent'] }
      : undefined
  },
}

function sweeping(
  pods: readonly JsonObject[],
  answer?: (name: string) => ApiResponse,
  more: Partial<SweepOptions> = {},
) {
  const byName = (name = '') => pods.find(({ metadata }) => (metadata as JsonObject)['name'] === name)
  const get = (name: string): ApiResponse => {
    const body = byName(name)
    return body ? { ok: true, status: 200, body, warnings: [] } : refuse(404)
  }
  const api = apiAnswering(
    (_, path) => (answer ?? get)(path.split('/').at(-1) ?? ''),
    () => [{ items: pods, resourceVersion: '1' }],
  )
  const found: FoundPod[] = []
  const failures: string[] = []
  const stopping = new AbortController()
  const swept = () =>
    sweepOnce(api, {
      examiner,
      namespaceOf: name => ({ name, labels: {}, annotations: {} }),
      excludedNamespaces: new Set(),
      found: pod => void found.push(pod),
      failed: reason => failures.push(reason),
      signal: stopping.signal,
      ...more,
    })
  return { api, swept, found, failures, stop: () => stopping.abort() }
}

const silent = Array.from({ length: 30 }, (_, i) => podNamed(`silent-${i}`))

describe('one pass', () => {
  it('gives what is known of a Pod that falls short, without its content', async () => {
    const owner = { kind: 'ReplicaSet', name: 'web', uid: 'u1', controller: true }
    const metadata = {
      ...(podNamed('a', 'more')['metadata'] as JsonObject),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [{ kind: 'Config', name: 'x', uid: 'u0' }, owner],
    }
    const { swept, found } = sweeping([{ metadata, spec: { restartPolicy: 'Always', secret: 's' } }])
    await swept()
    expect(found).toEqual([
      {
        kind: 'Missed',
        message: 'lacks it',
        profiles: ['agent'],
        namespace: 'shop',
        name: 'a',
        uid: 'a',
        createdAt: Date.UTC(2026),
        isLasting: true,
        labels: {},
        controller: { kind: 'ReplicaSet', name: 'web', uid: 'u1' },
      },
    ])
  })

  it('passes over a Pod that has gone since it was listed', async () => {
    const { swept, found, failures } = sweeping([...silent, podNamed('gone', 'more')], () => refuse(404))
    expect(await swept()).toMatchObject({ pods: 31, examined: 0 })
    expect({ found, failures }).toEqual({ found: [], failures: [] })
  })

  it('fails as a whole where the API server refuses, so that no half of it is taken for all', async () => {
    const { swept } = sweeping([...silent, podNamed('a', 'more')], () => refuse(403))
    await expect(swept()).rejects.toThrow(ApiFailure)
  })

  it('examines the others when one Pod meets a bug', async () => {
    const { swept, found, failures } = sweeping([podNamed('a', 'bug'), podNamed('b', 'more')])
    await swept()
    expect(found.map(({ name }) => name)).toEqual(['b'])
    expect(failures).toEqual(['Pod shop/a could not be handled: TypeError'])
  })

  it('looks at the metadata of the others when that of one Pod meets a bug', async () => {
    const mayMatter = (pod: JsonObject) => {
      if (wishOf(pod) === 'bug') throw new RangeError('hunter2')
      return wishOf(pod) !== undefined
    }
    const troubled = vi.fn()
    const pods = [podNamed('a', 'bug'), podNamed('b', 'more')]
    const { swept, found, failures } = sweeping(pods, undefined, {
      examiner: { ...examiner, mayMatter },
      troubled,
    })
    await swept()
    expect(found.map(({ name }) => name)).toEqual(['b'])
    expect(troubled).toHaveBeenCalledWith({ kind: 'Pod', key: 'shop/a', error: expect.any(RangeError) })
    expect(failures).toEqual([])
  })

  it('skips a Pod for which the webhook is not called, or perhaps not called, and reports the latter once', async () => {
    const pods = [
      podNamed('a', 'unwanted'),
      podNamed('b', 'more'),
      podNamed('c', 'unknown'),
      podNamed('d', 'unknown'),
    ]
    const { swept, found, failures } = sweeping(pods, undefined, { configuration: {} })
    const { shortfalls } = await swept()
    expect(found.map(({ name }) => name)).toEqual(['b'])
    expect(shortfalls.totals()).toEqual({ Missed: 1, Outdated: 0, Denied: 0 })
    expect(failures).toEqual([
      'the sweep skips Pods for which it cannot tell whether the API server calls the webhook: its matchCondition asks who is asking',
    ])
  })

  it('ends with the signal', async () => {
    const { swept, found, stop } = sweeping([podNamed('a', 'more'), podNamed('b', 'more')])
    const ended = swept()
    stop()
    await expect(ended).rejects.toThrow()
    expect(found).toEqual([])
  })
})
