import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import { type Namespaces, watchNamespaces } from '../../src/cluster/namespaces.ts'
import { clusterVersion } from '../../src/cluster/version.ts'
import { apiFor } from './client.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

describeWithApiServer('the namespaces of a real API server', server => {
  const failures: string[] = []
  const stopping = new AbortController()
  const options = { failed: (reason: string) => failures.push(reason), signal: stopping.signal }
  let api: Api
  let namespaces: Namespaces

  beforeAll(async () => {
    api = apiFor(server())
    await server().createNamespace('early', { labels: { when: 'before' } })
    namespaces = watchNamespaces(api, options)
    await until('all are listed', 10_000, async () => namespaces.isComplete())
  })
  afterAll(() => stopping.abort())

  it('asks for the version', async () => {
    expect(await clusterVersion(api, options)).toMatch(/^1\.\d+$/)
  })

  it('knows those that were there before it', () => {
    expect(namespaces.find('early').labels).toMatchObject({ when: 'before' })
    expect(namespaces.find('kube-system').labels).toMatchObject({
      'kubernetes.io/metadata.name': 'kube-system',
    })
  })

  it('hears of those that come, and of what changes', async () => {
    await server().createNamespace('late')
    await until(
      'the new one is known',
      10_000,
      async () => 'kubernetes.io/metadata.name' in namespaces.find('late').labels,
    )
    const annotations = { 'pillion.dev/inject': 'log-tail' }
    await server().request('PATCH', '/api/v1/namespaces/late', { metadata: { annotations } })
    await until(
      'its annotation is known',
      10_000,
      async () => 'pillion.dev/inject' in namespaces.find('late').annotations,
    )
    expect(failures).toEqual([])
  })
})
