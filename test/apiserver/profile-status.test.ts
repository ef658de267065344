import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { reportStatuses } from '../../src/cluster/profile/profile-status.ts'
import { type ClusterProfiles, watchProfiles } from '../../src/cluster/profile/profiles.ts'
import { sampleOf } from '../../src/engine/sample.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const clusterProfiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const ofShop = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'

describeWithApiServer('the status of a profile in a real API server', server => {
  const stopping = new AbortController()
  const failures: string[] = []
  let profiles: ClusterProfiles

  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    // As the namespace of the server should be: what a profile may not do there is refused, and says so.
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' }
    await server().createNamespace('pillion', { labels })
    const api = apiFor(server())
    const failed = (reason: string) => failures.push(reason)
    const { signal } = stopping
    let report = () => {}
    profiles = watchProfiles(api, { changed: () => report(), failed, signal })
    const { changed } = reportStatuses(api, {
      verdicts: () => profiles.current().verdicts.values(),
      isLeader: () => true,
      sample: profile => sampleOf(profile, '1.34'),
      namespace: 'pillion',
      failed,
      signal,
    })
    report = changed
    await until('all are listed', 10_000, async () => profiles.isComplete())
  })
  afterAll(() => {
    stopping.abort()
    expect(failures).toEqual([])
  })

  async function create(path: string, name: string, spec: JsonObject) {
    const kind = path === ofShop ? 'SidecarProfile' : 'ClusterSidecarProfile'
    const object = { apiVersion: 'pillion.dev/v1alpha1', kind, metadata: { name }, spec }
    expect(await server().request('POST', path, object)).toMatchObject({ status: 201 })
    onTestFinished(async () => void (await server().request('DELETE', `${path}/${name}`)))
  }

  const edit = (name: string, spec: JsonObject) =>
    server().request('PATCH', `${clusterProfiles}/${name}`, { spec })

  /** When the report on the present spec is there. */
  async function statusOf(name: string, path = clusterProfiles) {
    let status: Status = {}
    await until(`the status of ${name} is written`, 10_000, async () => {
      const { body } = await server().request<Profile>('GET', `${path}/${name}`)
      status = body.status ?? {}
      return status.conditions?.every(each => each.observedGeneration === body.metadata.generation) ?? false
    })
    const [accepted, proven] = ['Accepted', 'Proven'].map(type =>
      status.conditions?.find(each => each.type === type),
    )
    return { ...status, accepted, proven }
  }

  it('says what serves, and that it was proven', async () => {
    const parameters = {
      path: { type: 'string', pattern: '^/', example: '/logs', required: true },
      port: { type: 'integer' },
    }
    await create(clusterProfiles, 'logging', { parameters, ...containers({ args: ['$(params.path)'] }) })
    const { accepted, proven, revision } = await statusOf('logging')
    expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' })
    expect(proven).toMatchObject({ status: 'True', reason: 'DryRunSucceeded' })
    expect(revision).toBe(profiles.current().profiles.find('logging', 'shop')?.revision)
  })

  it('is shown by kubectl get', async () => {
    await create(clusterProfiles, 'shown', { parameters: { path: { type: 'string' } }, ...containers({}) })
    const { revision } = await statusOf('shown')
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const table = await apiFor(server()).request('GET', `${clusterProfiles}/shown`, { accept })
    expect(table).toMatchObject({
      body: { rows: [{ cells: ['shown', revision, 'True', 'path', expect.any(String)] }] },
    })
  })

  it.each<{ why: string; spec: JsonObject; message: string }>([
    {
      why: 'requests that an expression makes exceed the limits',
      spec: containers({ resources: { requests: { memory: "$('2Gi')" }, limits: { memory: '1Gi' } } }),
      message: 'must be less than or equal to memory limit',
    },
    {
      why: 'a mount of no volume, which an expression names',
      spec: containers({ volumeMounts: [{ name: "$('no' + 'where')", mountPath: '/a' }] }),
      message: 'volumeMounts[0].name: Not found: "nowhere"',
    },
    {
      why: 'a port that an expression makes too large',
      spec: containers({ ports: [{ containerPort: '$(70000)' }] }),
      message: 'must be between 1 and 65535, inclusive',
    },
  ])('says in the words of the API server that it refuses $why', async ({ spec, message }) => {
    await create(clusterProfiles, 'refused', spec)
    const { accepted, proven } = await statusOf('refused')
    expect(accepted).toMatchObject({ status: 'False', reason: 'RefusedByApiServer' })
    expect(accepted?.message).toContain(message)
    expect(proven).toMatchObject({ status: 'False', reason: 'DryRunRefused', message: accepted?.message })
    await until('it is out of use', 10_000, async () => !profiles.current().profiles.find('refused', 'shop'))
  })

  it('says that a Pod is valid which only the Pod Security level of this namespace forbids', async () => {
    await create(
      clusterProfiles,
      'capable',
      containers({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
    )
    const { accepted, proven } = await statusOf('capable')
    expect(accepted).toMatchObject({ status: 'True' })
    expect(proven).toMatchObject({ status: 'True', reason: 'DryRunSucceeded' })
  })

  it('has the last accepted spec for as long as it serves in place of the new one', async () => {
    await create(clusterProfiles, 'edited', containers({ image: 'agent:1' }))
    const { revision } = await statusOf('edited')
    await edit('edited', containers({ image: 'agent:2', workingDir: '$(params.nowhere)' }))
    const invalid = await statusOf('edited')
    expect(invalid.accepted).toMatchObject({ status: 'False', reason: 'Invalid' })
    expect(invalid.accepted?.message).toMatch(/^spec\.containers\[0\]\.workingDir: /)
    const spec = containers({ image: 'agent:1' })
    expect(invalid).toMatchObject({ revision, lastAccepted: { revision, spec } })

    await edit(
      'edited',
      containers({ image: 'agent:3', workingDir: null, ports: [{ containerPort: '$(0)' }] }),
    )
    await until('the last accepted one serves', 10_000, async () => {
      const verdict = profiles.current().verdicts.get('ClusterSidecarProfile/edited')
      return verdict?.reason === 'RefusedByApiServer' && verdict.inUse?.revision === revision
    })
    expect(await statusOf('edited')).toMatchObject({ revision, lastAccepted: { revision, spec } })

    await edit('edited', containers({ image: 'agent:4', ports: null }))
    await until('it is accepted', 10_000, async () => (await statusOf('edited')).accepted?.status === 'True')
    const mended = await statusOf('edited')
    expect(mended.lastAccepted).toMatchObject({ revision: mended.revision })
    expect(mended.revision).not.toBe(revision)
  })

  it('says that a name is taken, and when it is free again', async () => {
    await create(clusterProfiles, 'taken', containers({}))
    await create(ofShop, 'taken', containers({}))
    const { accepted, revision } = await statusOf('taken', ofShop)
    expect(accepted).toMatchObject({ status: 'False', reason: 'NameTaken' })
    expect(revision).toBeUndefined()
    await server().request('DELETE', `${clusterProfiles}/taken`)
    await until('it is accepted', 10_000, async () => {
      const { accepted, proven } = await statusOf('taken', ofShop)
      return accepted?.status === 'True' && proven?.status === 'True'
    })
  })

  it('is written once, however often the profile is labelled', async () => {
    await create(clusterProfiles, 'labelled', containers({}))
    await statusOf('labelled')
    for (const label of ['a', 'b', 'c']) {
      const path = `${clusterProfiles}/labelled`
      const { body } = await server().request<Profile>('PATCH', path, { metadata: { labels: { label } } })
      const known = () =>
        profiles.current().verdicts.get('ClusterSidecarProfile/labelled')?.object['metadata']
      await until('this version is known', 10_000, async () =>
        JSON.stringify(known()).includes(`"resourceVersion":"${body.metadata.resourceVersion}"`),
      )
    }
    const writes = (await server().audit()).filter(({ requestURI }) =>
      requestURI.endsWith('/labelled/status'),
    )
    expect(writes.map(({ responseStatus }) => responseStatus?.code)).toEqual([200])
  })
})

interface Profile {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string }
  readonly status?: Status
}

interface Status {
  readonly revision?: string
  readonly lastAccepted?: JsonObject
  readonly conditions?: readonly Condition[]
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
}

function containers(fields: JsonObject): JsonObject {
  return { containers: [{ name: 'agent', image: 'agent:1', ...fields }] }
}
