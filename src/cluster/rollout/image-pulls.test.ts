import { expect, it } from 'vitest'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Api } from '../api/api.ts'
import { imagePulls } from './image-pulls.ts'
import { type ImagePull, pullName } from './pull-pod.ts'

it('leaves a place for other namespaces when the registry of one never answers', async () => {
  const pods: JsonObject[] = []
  const api = {
    async *pages() {
      yield { items: pods }
    },
    async request(_: string, __: string, { body }: { readonly body: JsonObject }) {
      pods.push(body)
      return { ok: true, status: 201, body }
    },
  } as unknown as Api
  const pullFor = (namespace: string, i: number): ImagePull => {
    return { namespace, node: `node-${i}`, image: `${namespace}:1`, policy: 'IfNotPresent', secrets: [] }
  }
  const hostile = Array.from({ length: 9 }, (_, i) => pullFor('hostile', i))
  const { look } = imagePulls(api, { namespace: 'pillion', signal: AbortSignal.timeout(10_000) })
  await look(hostile, () => true)
  expect(pods).toHaveLength(3)
  const other = pullFor('shop', 0)
  await look([...hostile, other], () => true)
  expect(pods.map(pod => metadataOf(pod)['name'])).toContain(pullName(other))
  expect(pods).toHaveLength(4)
})
