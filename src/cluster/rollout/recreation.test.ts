import { expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { Api } from '../api/api.ts'
import { recreations } from './recreation.ts'

/** An API server that has these Pods, and evicts each. */
function apiWith(pods: readonly JsonObject[]): Api {
  return {
    async *pages(path: string) {
      yield {
        items: pods.filter(({ metadata }) => path.includes(`/${(metadata as JsonObject)['namespace']}/`)),
      }
    },
    request: async () => ({ ok: true, status: 201, body: {} }),
  } as unknown as Api
}

function podOf(namespace: string, i: number): JsonObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'the-same', controller: true }
  const metadata = { namespace, name: `web-${i}`, uid: `${namespace}-${i}`, ownerReferences: [owner] }
  return { metadata, status: { conditions: [{ type: 'Ready', status: 'True' }] } }
}

it('an eviction in one namespace holds up no workload of another, whose uid its Pod claims', async () => {
  const hostile = Array.from({ length: 5 }, (_, i) => podOf('hostile', i))
  const own = [podOf('shop', 0), podOf('shop', 1)]
  const { evict } = recreations(apiWith([...hostile, ...own]), AbortSignal.timeout(10_000))
  expect(await evict(hostile[0] as JsonObject, {})).toMatchObject({ result: 'changed' })
  expect(await evict(own[0] as JsonObject, {})).toMatchObject({ result: 'changed' })
})

it('an eviction of a Pod that is not ready waits for no other Pod: all of them may fail until they are replaced', async () => {
  const failing = [podOf('shop', 0), podOf('shop', 1)].map(pod => ({ ...pod, status: {} }))
  const { evict } = recreations(apiWith([...failing, podOf('shop', 2)]), AbortSignal.timeout(10_000))
  expect(await evict(podOf('shop', 2), {})).toMatchObject({ result: 'waits' })
  expect(await evict(failing[0] as JsonObject, {})).toMatchObject({ result: 'changed' })
})
