import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { reportStatuses } from '../../src/cluster/profile/profile-status.ts'
import { type ClusterProfiles, watchProfiles } from '../../src/cluster/profile/profiles.ts'
import { sampleOf } from '../../src/engine/sample.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const clusterProfiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const ofShop = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'

describeWithApiServer('the status of a profile in a real API server', server => {
  const stopping = new AbortController()
  const failures: string[] = []
  let hasLeader = true
  let profiles: ClusterProfiles

  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    // As the namespace of the server should be: what a profile may not do there is refused, and says so.
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' }
    await server().createNamespace('pillion', { labels })
    profiles = (await replica(() => hasLeader, stopping.signal)).profiles
  })

  /** A replica that watches the profiles, and reports on them while it leads. */
  async function replica(isLeader: () => boolean, signal: AbortSignal) {
    const api = apiFor(server())
    const failed = (reason: string) => failures.push(reason)
    let report = () => {}
    const watched = watchProfiles(api, { home: 'pillion', changed: () => report(), failed, signal })
    const { changed } = reportStatuses(api, {
      verdicts: () => watched.current().verdicts.values(),
      revisions: watched.revisions,
      isLeader,
      sample: profile => sampleOf(profile, kubernetesVersion),
      namespace: 'pillion',
      identity: 'replica-0',
      failed,
      signal,
      pendingAfterMs: 300,
    })
    report = changed
    await until('all are listed', 10_000, async () => watched.isComplete())
    return { profiles: watched, changed }
  }

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
      const { generation } = body.metadata
      const isCurrent = ({ type, observedGeneration }: Condition) =>
        observedGeneration === generation || (type !== 'Accepted' && isPending(status))
      return status.conditions?.every(isCurrent) ?? false
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

  /** What `kubectl get -o wide` shows. */
  async function columnsOf(name: string): Promise<Readonly<Record<string, unknown>>> {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const table = await apiFor(server()).request('GET', `${clusterProfiles}/${name}`, { accept })
    const { columnDefinitions, rows } = (table as unknown as { body: Table }).body
    return Object.fromEntries(columnDefinitions.map((column, i) => [column.name, rows[0]?.cells[i]]))
  }

  it('is shown by kubectl get', async () => {
    await create(clusterProfiles, 'shown', { parameters: { path: { type: 'string' } }, ...containers({}) })
    const { revision } = await statusOf('shown')
    expect(await columnsOf('shown')).toEqual({
      Name: 'shown',
      Revision: revision,
      Accepted: 'True',
      Reason: 'Accepted',
      Updated: null,
      'Used By': null,
      Age: expect.any(String),
      Phase: null,
      Canary: null,
      Parameters: 'path',
      Description: null,
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
    const lastAccepted = { revision, name: `edited-${revision}` }
    expect(invalid).toMatchObject({ revision, lastAccepted })

    await edit(
      'edited',
      containers({ image: 'agent:3', workingDir: null, ports: [{ containerPort: '$(0)' }] }),
    )
    await until('the last accepted one serves', 10_000, async () => {
      const verdict = profiles.current().verdicts.get('ClusterSidecarProfile/edited')
      return verdict?.reason === 'RefusedByApiServer' && verdict.inUse?.revision === revision
    })
    expect(await statusOf('edited')).toMatchObject({ revision, lastAccepted })

    await edit('edited', containers({ image: 'agent:4', ports: null }))
    await until('it is accepted', 10_000, async () => (await statusOf('edited')).accepted?.status === 'True')
    const mended = await statusOf('edited')
    expect(mended.lastAccepted).toMatchObject({ revision: mended.revision })
    expect(mended.revision).not.toBe(revision)
  })

  it('without a leader says that a new spec is pending, and what was accepted serves on every replica until the next one leads', async () => {
    const [good, impossible] = [
      { image: 'agent:2' },
      { image: 'agent:2', securityContext: { runAsUser: -5 } },
    ]
    const [known, broken, fresh] = ['known', 'broken', 'fresh'] as const
    for (const name of [known, broken]) {
      await create(clusterProfiles, name, containers({ image: 'agent:1' }))
      expect((await statusOf(name)).accepted).toMatchObject({ status: 'True' })
    }
    let leads = false
    const stopped = new AbortController()
    onTestFinished(() => {
      stopped.abort()
      hasLeader = true
    })
    const other = await replica(() => leads, stopped.signal)
    const inUse = (name: string) =>
      [profiles, other.profiles].map(each => {
        const { containers = [] } = each.current().profiles.find(name, 'shop') ?? {}
        return JSON.stringify(containers).match(/agent:\d/)?.[0]
      })

    hasLeader = false
    await edit(known, containers(good))
    await edit(broken, containers(impossible))
    await create(clusterProfiles, fresh, containers({ image: 'agent:1' }))
    for (const name of [known, broken, fresh])
      expect((await statusOf(name)).accepted).toMatchObject({ status: 'Unknown', reason: 'Pending' })
    expect(await columnsOf(broken)).toMatchObject({ Accepted: 'Unknown', Reason: 'Pending' })
    await until('both replicas know all of them', 10_000, async () => inUse(fresh).every(Boolean))
    // The first spec of a profile serves at once: without it, Pods would be denied.
    expect([known, broken, fresh].map(inUse)).toEqual(Array(3).fill(['agent:1', 'agent:1']))

    leads = true
    other.changed()
    const settled = async (name: string, status: string) =>
      until(`${name} is judged`, 10_000, async () => (await statusOf(name)).accepted?.status === status)
    await settled(known, 'True')
    await settled(fresh, 'True')
    await settled(broken, 'False')
    expect((await statusOf(broken)).accepted).toMatchObject({ reason: 'RefusedByApiServer' })
    await until('the new spec serves', 10_000, async () => inUse(known).join() === 'agent:2,agent:2')
    expect(inUse(broken)).toEqual(['agent:1', 'agent:1'])
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

  it('is written by the field manager pillion', async () => {
    await create(clusterProfiles, 'managed', containers({}))
    await statusOf('managed')
    const { body } = await server().request<Managed>('GET', `${clusterProfiles}/managed`)
    const ofStatus = body.metadata.managedFields.filter(({ subresource }) => subresource === 'status')
    expect(ofStatus.map(({ manager }) => manager)).toEqual(['pillion'])
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
      requestURI.includes('/labelled/status?'),
    )
    expect(writes.map(({ responseStatus }) => responseStatus?.code)).toEqual([200])
  })
})

/** Then only the condition `Accepted` is about the present spec. */
function isPending({ conditions = [] }: Status): boolean {
  return conditions.some(({ type, reason }) => type === 'Accepted' && reason === 'Pending')
}

interface Managed {
  readonly metadata: {
    readonly managedFields: readonly { readonly manager: string; readonly subresource?: string }[]
  }
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[]
  readonly rows: readonly { readonly cells: readonly unknown[] }[]
}

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
