import { beforeAll, expect, it } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import { foundPod } from '../../src/cluster/sweep/found-pod.ts'
import { requestAges } from '../../src/cluster/sweep/request-age.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'

const requests = { 'pillion.dev/inject': 'agent' }
const minute = 60_000

describeWithApiServer('whether a Pod is younger than the request for its profiles', server => {
  let api: Api
  beforeAll(async () => {
    api = apiFor(server())
    await installCustomResources(server())
    await server().createNamespace('enabled', { labels: { 'pillion.dev/inject': 'enabled' } })
    await server().request('PATCH', '/api/v1/namespaces/enabled', { metadata: { annotations: requests } })
    await server().createNamespace('automatic', { labels: { 'pillion.dev/inject': 'enabled' } })
    await server().createNamespace('plain')
    const spec = { containers: [{ name: 'agent', image: 'agent:1' }], autoInject: { podSelector: {} } }
    for (const [path, kind] of [
      ['clustersidecarprofiles', 'ClusterSidecarProfile'],
      ['namespaces/automatic/sidecarprofiles', 'SidecarProfile'],
    ])
      await server().request('POST', `/apis/pillion.dev/v1alpha1/${path}`, {
        apiVersion: 'pillion.dev/v1alpha1',
        kind,
        metadata: { name: kind === 'SidecarProfile' ? 'local' : 'agent' },
        spec,
      })
  })

  /** Tests a Pod that the API server stores now, as if it had been created `by` milliseconds later (or earlier, if negative). */
  async function isYounger(
    namespace: string,
    { by, profiles = ['agent'], annotations = {}, change }: Wishes,
  ): Promise<boolean> {
    const name = `pod-${count++}`
    await createPod(server(), namespace, podFor(name, { annotations }))
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`
    if (change) await server().request('PATCH', path, change)
    const { body } = await server().request<JsonObject>('GET', path)
    const found = foundPod(body, { kind: 'Missed', message: '', profiles })
    const space = (await server().request<JsonObject>('GET', `/api/v1/namespaces/${namespace}`)).body
    const metadata = space['metadata'] as { annotations?: Record<string, string> }
    return requestAges(api, new AbortController().signal)(
      { ...found, createdAt: found.createdAt + by },
      { name: namespace, labels: {}, annotations: metadata.annotations ?? {} },
    )
  }
  let count = 0

  it('is so if the Pod was created with its own annotation', async () => {
    expect(await isYounger('plain', { by: 0, annotations: requests })).toBe(true)
  })

  it('is not so if somebody annotated the Pod later', async () => {
    const change = { metadata: { annotations: requests } }
    expect(await isYounger('plain', { by: -minute, change })).toBe(false)
  })

  it.each([
    { what: 'the namespace requests', namespace: 'enabled', profiles: ['agent'] },
    { what: 'autoInject of a ClusterSidecarProfile adds', namespace: 'automatic', profiles: ['agent'] },
    { what: 'autoInject of a SidecarProfile adds', namespace: 'automatic', profiles: ['local'] },
  ])('depends on the time of what $what', async ({ namespace, profiles }) => {
    expect(await isYounger(namespace, { by: minute, profiles })).toBe(true)
    expect(await isYounger(namespace, { by: -minute, profiles })).toBe(false)
  })

  it('is not so in a namespace that is not enabled, and with a profile that is gone', async () => {
    expect(await isYounger('plain', { by: minute })).toBe(false)
    expect(await isYounger('automatic', { by: minute, profiles: ['agent', 'gone'] })).toBe(false)
  })
})

interface Wishes {
  /** Milliseconds. */
  readonly by: number
  readonly profiles?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly change?: JsonObject
}
