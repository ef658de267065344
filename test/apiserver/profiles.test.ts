import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { watchProfiles } from '../../src/cluster/profile/profiles.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const clusterProfiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const ofShop = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'

describeWithApiServer('the profiles of a real API server', server => {
  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
  })

  async function following() {
    const stopping = new AbortController()
    onTestFinished(() => stopping.abort())
    const failures: string[] = []
    const followed = watchProfiles(apiFor(server()), {
      home: 'pillion',
      changed: () => {},
      failed: reason => failures.push(reason),
      signal: stopping.signal,
    })
    await until('all are listed', 10_000, async () => followed.isComplete())
    return { followed, failures }
  }

  async function create(path: string, name: string, spec: JsonObject) {
    const kind = path === ofShop ? 'SidecarProfile' : 'ClusterSidecarProfile'
    const object = { apiVersion: 'pillion.dev/v1alpha1', kind, metadata: { name }, spec }
    const { status } = await server().request('POST', path, object)
    expect(status).toBe(201)
    onTestFinished(async () => void (await server().request('DELETE', `${path}/${name}`)))
  }

  const soon = (what: string, holds: () => boolean) => until(what, 10_000, async () => holds(), 2)
  const containers = (image: string) => ({ containers: [{ name: 'agent', image }] })

  it('are known when they were there before, and when they come, change and go', async () => {
    await create(clusterProfiles, 'early', containers('agent:1'))
    const { followed, failures } = await following()
    const find = (name: string) => followed.current().profiles.find(name, 'shop')
    const { revision } = find('early') ?? {}
    expect(revision).toMatch(/^[0-9a-f]{10}$/)

    await create(ofShop, 'late', containers('agent:1'))
    await soon('the new one is known', () => find('late') !== undefined)
    expect(followed.current().profiles.find('late', 'bank')).toBeUndefined()

    await server().request('PATCH', `${clusterProfiles}/early`, { spec: containers('agent:2') })
    await soon('its change is known', () => find('early')?.revision !== revision)

    await server().request('DELETE', `${clusterProfiles}/early`)
    await soon('it is gone', () => find('early') === undefined)
    expect(failures).toEqual([])
  })

  it('do not keep others from being used when one is stored that cannot be', async () => {
    await create(clusterProfiles, 'bad', containers('$(params.nothing)'))
    await create(clusterProfiles, 'good', containers('agent:1'))
    const { followed } = await following()
    const { profiles, verdicts } = followed.current()
    expect(profiles.all.map(({ name }) => name)).toEqual(['good'])
    expect(verdicts.get('ClusterSidecarProfile/bad')).toMatchObject({ reason: 'Invalid' })
  })

  it('of a namespace yield to a cluster profile of the same name, for as long as there is one', async () => {
    await create(ofShop, 'logging', containers('own:1'))
    const { followed } = await following()
    const kind = () => followed.current().profiles.find('logging', 'shop')?.kind
    expect(kind()).toBe('SidecarProfile')
    await create(clusterProfiles, 'logging', containers('agent:1'))
    await soon("the admin's counts", () => kind() === 'ClusterSidecarProfile')
    expect(followed.current().verdicts.get('SidecarProfile/shop/logging')?.reason).toBe('NameTaken')
    await server().request('DELETE', `${clusterProfiles}/logging`)
    await soon("the namespace's counts again", () => kind() === 'SidecarProfile')
  })
})
