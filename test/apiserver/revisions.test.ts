import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { reportStatuses } from '../../src/cluster/profile/profile-status.ts'
import { watchProfiles } from '../../src/cluster/profile/profiles.ts'
import { decide } from '../../src/engine/decide.ts'
import { sampleOf } from '../../src/engine/sample.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { revision as revisionOf } from '../../src/profile/revision.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const clusterProfiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const ofShop = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'
const revisionsIn = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`

describeWithApiServer('the revisions of profiles in a real API server', server => {
  const stopping = new AbortController()
  const failures: string[] = []
  let leader: Awaited<ReturnType<typeof replica>>

  beforeAll(async () => {
    await installCustomResources(server())
    for (const name of ['shop', 'pillion']) await server().createNamespace(name)
    leader = await replica(true)
  })
  afterAll(() => {
    stopping.abort()
    expect(failures).toEqual([])
  })

  async function replica(leads: boolean, tolerate: (reason: string) => boolean = () => false) {
    const ending = new AbortController()
    stopping.signal.addEventListener('abort', () => ending.abort())
    const { signal } = ending
    const api = apiFor(server())
    const failed = (reason: string) => void (tolerate(reason) || failures.push(reason))
    let report = () => {}
    const watched = watchProfiles(api, { home: 'pillion', changed: () => report(), failed, signal })
    const reporter = reportStatuses(api, {
      verdicts: () => watched.current().verdicts.values(),
      revisions: watched.revisions,
      isLeader: () => leads && !signal.aborted,
      sample: profile => sampleOf(profile, kubernetesVersion),
      namespace: 'pillion',
      identity: 'replica-0',
      failed,
      signal,
      backoff: { firstMs: 50, mostMs: 200 },
      pendingAfterMs: 60_000,
    })
    report = reporter.changed
    await until('all are listed', 10_000, async () => watched.isComplete())
    const find = (name: string) => watched.current().profiles.find(name, 'shop')
    return {
      ...reporter,
      profiles: () => watched.current().profiles,
      verdict: (key: string) => watched.current().verdicts.get(key),
      uses: (name: string) => find(name)?.revision,
      kept: (name: string) => {
        const profile = find(name)
        return profile ? watched.current().profiles.revisionsOf?.(profile) : undefined
      },
      stop: () => ending.abort(),
    }
  }

  const spec = (image: string, more: JsonObject = {}): JsonObject => ({
    containers: [{ name: 'agent', image }],
    ...more,
  })
  const bad = spec('$(params.nothing)')
  const hash = (image: string) => revisionOf(spec(image))

  async function create(name: string, path = clusterProfiles, more: JsonObject = {}): Promise<void> {
    const kind = path === ofShop ? 'SidecarProfile' : 'ClusterSidecarProfile'
    const metadata = { name }
    const object = { apiVersion: 'pillion.dev/v1alpha1', kind, metadata, spec: spec('agent:1', more) }
    expect(await server().request('POST', path, object)).toMatchObject({ status: 201 })
    onTestFinished(async () => void (await server().request('DELETE', `${path}/${name}`)))
    await isAccepted(name, 'agent:1', path)
  }

  const edit = (name: string, to: JsonObject, path = clusterProfiles) =>
    server().request('PATCH', `${path}/${name}`, { spec: to })

  async function read(name: string, path = clusterProfiles): Promise<Profile> {
    return (await server().request<Profile>('GET', `${path}/${name}`)).body
  }

  async function said(name: string, path = clusterProfiles) {
    const { metadata, status } = await read(name, path)
    const condition = status?.conditions?.find(({ type }) => type === 'Accepted')
    const isCurrent = condition?.observedGeneration === metadata.generation
    return { ...status, accepted: isCurrent ? condition : undefined }
  }

  const isAccepted = (name: string, image: string, path = clusterProfiles) =>
    until(`${name} is accepted with ${image}`, 10_000, async () => {
      const { accepted, lastAccepted } = await said(name, path)
      return accepted?.status === 'True' && lastAccepted?.revision === hash(image)
    })

  const whenSaid = async (name: string, reason: string) => {
    await until(`${name} says ${reason}`, 10_000, async () => (await said(name)).accepted?.reason === reason)
    return (await said(name)).accepted
  }

  const stored = async (name: string, namespace = 'pillion') =>
    (await server().request<Revision>('GET', `${revisionsIn(namespace)}/${name}`)).body

  const remove = async (name: string) =>
    expect((await server().request('DELETE', `${revisionsIn('pillion')}/${name}`)).status).toBe(200)

  it('are kept where their profiles are, with their owner, and an undo raises the number', async () => {
    for (const [path, namespace] of [
      [clusterProfiles, 'pillion'],
      [ofShop, 'shop'],
    ] as const) {
      const name = path === ofShop ? 'own' : 'logging'
      await create(name, path, { rollout: { paused: false }, revisionHistoryLimit: 3 })
      const { metadata } = await read(name, path)
      const first = await stored(`${name}-${hash('agent:1')}`, namespace)
      expect(first).toMatchObject({ data: { spec: spec('agent:1') }, revision: 1 })
      expect(first.metadata.labels).toEqual({ 'pillion.dev/profile': name })
      expect(first.metadata.ownerReferences).toEqual([
        expect.objectContaining({ name, uid: metadata.uid, controller: true }),
      ])
      await edit(name, spec('agent:2'), path)
      await isAccepted(name, 'agent:2', path)
      expect(await stored(`${name}-${hash('agent:2')}`, namespace)).toMatchObject({ revision: 2 })
      await edit(name, spec('agent:1'), path)
      await isAccepted(name, 'agent:1', path)
      expect(await stored(`${name}-${hash('agent:1')}`, namespace)).toMatchObject({ revision: 3 })
      await until('the newest is first', 10_000, async () =>
        [hash('agent:1'), hash('agent:2')].every((each, i) => leader.kept(name)?.[i] === each),
      )
    }
  })

  it('serve in place of a bad edit, on a replica that starts and on one that never led', async () => {
    const other = await replica(false)
    await create('edited')
    await edit('edited', bad)
    await whenSaid('edited', 'Invalid')
    const started = await replica(false)
    await until('all serve the last accepted one', 10_000, async () =>
      [leader, other, started].every(each => each.uses('edited') === hash('agent:1')),
    )
    for (const each of [other, started]) each.stop()
  })

  it('come back when somebody deletes the one of the current spec', async () => {
    await create('deleted')
    const name = `deleted-${hash('agent:1')}`
    const { uid } = (await stored(name)).metadata
    await remove(name)
    await until('it is there again', 10_000, async () => {
      const { metadata } = await stored(name)
      return metadata?.uid !== undefined && metadata.uid !== uid
    })
    expect(leader.uses('deleted')).toBe(hash('agent:1'))
  })

  it('are named when somebody deletes one that is in use and not the current spec', async () => {
    await create('lost')
    await edit('lost', bad)
    await whenSaid('lost', 'Invalid')
    await remove(`lost-${hash('agent:1')}`)
    const started = await replica(false)
    await until('neither replica serves it', 10_000, async () =>
      [leader, started].every(each => each.uses('lost') === undefined),
    )
    started.stop()
    await until('the condition names it', 10_000, async () =>
      Boolean(
        (await said('lost')).accepted?.message.includes(`the ControllerRevision lost-${hash('agent:1')}`),
      ),
    )
  })

  it('are not believed when somebody writes another spec under their name, and are written again', async () => {
    await create('replaced')
    const name = `replaced-${hash('agent:1')}`
    const { metadata } = await stored(name)
    const { labels, ownerReferences } = metadata
    // The leader writes the right one again as soon as it sees that it is gone.
    await until('a forged one is there', 10_000, async () => {
      const forged = {
        metadata: { name, labels, ownerReferences },
        data: { spec: spec('thief:1') },
        revision: 1,
      }
      await server().request('DELETE', `${revisionsIn('pillion')}/${name}`)
      return (await server().request('POST', revisionsIn('pillion'), forged)).status === 201
    })
    await until('the right one is there', 10_000, async () =>
      JSON.stringify((await stored(name)).data ?? {}).includes('agent:1'),
    )
    expect(leader.uses('replaced')).toBe(hash('agent:1'))
  })

  it('are not accepted under a name that belongs to somebody else, until that is free', async () => {
    const name = `taken-${hash('agent:2')}`
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'taken', uid: 'x', controller: true },
    ]
    const foreign = { metadata: { name, ownerReferences }, data: { spec: spec('agent:2') }, revision: 1 }
    expect((await server().request('POST', revisionsIn('pillion'), foreign)).status).toBe(201)
    const tolerant = await replica(true, reason => reason.includes('belongs to the StatefulSet taken'))
    leader.stop()
    leader = tolerant
    await create('taken')
    await edit('taken', spec('agent:2'))
    const accepted = await whenSaid('taken', 'RevisionNotKept')
    expect(accepted).toMatchObject({ status: 'Unknown' })
    expect(accepted?.message).toContain(
      `the ControllerRevision ${name} in the namespace pillion belongs to the StatefulSet taken, not to this profile: delete it`,
    )
    expect(leader.uses('taken')).toBe(hash('agent:1'))
    expect(await stored(name)).toMatchObject({ metadata: { ownerReferences } })
    await remove(name)
    await isAccepted('taken', 'agent:2')
  })

  it('of an earlier profile of the same name are replaced', async () => {
    await create('again')
    // No garbage collector runs here, so the revision of the first one stays.
    const { uid } = (await stored(`again-${hash('agent:1')}`)).metadata
    await server().request('DELETE', `${clusterProfiles}/again`)
    await create('again')
    expect((await stored(`again-${hash('agent:1')}`)).metadata.uid).not.toBe(uid)
  })

  it('do not come from another namespace, nor from an owner that does not exist, under the uid of a profile', async () => {
    await server().createNamespace('bank')
    await create('everybodys')
    await create('shops', ofShop)
    const forgedRevision = hash('forged:1')
    const forge = async (namespace: string, name: string, kind: string, uid: string) => {
      const owner = { apiVersion: 'pillion.dev/v1alpha1', kind, name, uid, controller: true }
      const metadata = {
        name: `${name}-${forgedRevision}`,
        labels: { 'pillion.dev/profile': name },
        ownerReferences: [owner],
      }
      const object = { metadata, data: { spec: spec('forged:1') }, revision: 99 }
      expect(await server().request('POST', revisionsIn(namespace), object)).toMatchObject({ status: 201 })
      onTestFinished(
        async () => void (await server().request('DELETE', `${revisionsIn(namespace)}/${metadata.name}`)),
      )
    }
    const [cluster, shop] = [await read('everybodys'), await read('shops', ofShop)].map(({ metadata }) =>
      String((metadata as JsonObject)['uid']),
    ) as [string, string]
    await forge('bank', 'shops', 'SidecarProfile', shop)
    await forge('shop', 'other', 'SidecarProfile', shop)
    await forge('pillion', 'ghost', 'ClusterSidecarProfile', cluster)
    await forge('bank', 'everybodys', 'SidecarProfile', cluster)
    await edit('everybodys', spec('agent:2'))
    await edit('shops', spec('agent:2'), ofShop)
    await isAccepted('everybodys', 'agent:2')
    await isAccepted('shops', 'agent:2', ofShop)
    for (const name of ['everybodys', 'shops']) {
      // The later event was seen, so those before it were, too.
      await until('both are kept', 10_000, async () => leader.kept(name)?.includes(hash('agent:2')) ?? false)
      expect(leader.kept(name)).toEqual([hash('agent:2'), hash('agent:1')])
    }
  })

  it('cannot be written with the default roles of a namespace', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregate-to-'
    for (const role of ['admin', 'edit']) {
      const { status, body } = await server().request<{ rules: Rule[] }>('GET', `${path}${role}`)
      expect(status, role).toBe(200)
      const about = body.rules.filter(({ resources = [] }) =>
        resources.some(resource => ['*', 'controllerrevisions'].includes(resource)),
      )
      expect(
        about.flatMap(({ verbs }) => verbs.filter(verb => !reading.has(verb))),
        role,
      ).toEqual([])
    }
  })

  it('can be pinned by a Pod while they are kept', async () => {
    await create('pinned')
    for (const image of ['agent:2', 'agent:3']) {
      await edit('pinned', spec(image))
      await isAccepted('pinned', image)
    }
    await until('it serves', 10_000, async () => leader.uses('pinned') === hash('agent:3'))
    const decided = (revision: string) => {
      const annotations = { 'pillion.dev/inject': 'pinned', 'pillion.dev/pinned.revision': revision }
      const pod = {
        metadata: { name: 'web', annotations },
        spec: { containers: [{ name: 'app', image: 'app' }] },
      }
      const namespace = { name: 'shop', labels: {}, annotations: {} }
      const subject = { pod, namespace, operation: 'CREATE' } as const
      const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }
      return decide(subject, leader.profiles(), cluster)
    }
    expect(JSON.stringify(decided(hash('agent:1')).patch)).toContain('agent:1')
    const profile = leader.profiles().find('pinned', 'shop')!
    const { revisionOf: find } = leader.profiles()
    // It is compiled once.
    expect(find?.(profile, hash('agent:1'))).toBe(find?.(profile, hash('agent:1')))
    expect(decided('0123456789')).toMatchObject({ outcome: 'denied', reason: 'UnknownRevision' })
    expect(decided('0123456789').message).toContain(
      [hash('agent:3'), hash('agent:2'), hash('agent:1')].join(', '),
    )
    await remove(`pinned-${hash('agent:1')}`)
    await until('it is unknown', 10_000, async () => decided(hash('agent:1')).reason === 'UnknownRevision')
  })

  it('go when two sweeps found no Pod with them and there are more than the history may have', async () => {
    await create('long', clusterProfiles, { revisionHistoryLimit: 1 })
    const images = ['agent:2', 'agent:3', 'agent:4', 'agent:5']
    for (const image of images) {
      await edit('long', spec(image))
      await isAccepted('long', image)
    }
    const all = [...images.toReversed(), 'agent:1'].map(hash)
    await until('all are known', 10_000, async () => leader.kept('long')?.join() === all.join())
    const sweep = () =>
      leader.counted(new Map([['/long', { pods: 1, workloads: 1, revisions: new Set([hash('agent:2')]) }]]))
    sweep()
    await until('it is counted', 10_000, async () => (await said('long')).usedBy?.pods === 1)
    expect(leader.kept('long')).toEqual(all)
    // The current one, the one in use, and one more.
    const left = ['agent:5', 'agent:4', 'agent:2'].map(hash)
    await until('the others are gone', 10_000, async () => {
      sweep()
      return leader.kept('long')?.join() === left.join()
    })
  })

  it('are not needed to read a status of an earlier version, whose last accepted spec does not count', async () => {
    await create('old')
    leader.stop()
    await edit('old', bad)
    const lastAccepted = { revision: hash('agent:1'), spec: spec('agent:1') }
    const path = `${clusterProfiles}/old/status`
    const { status } = await server().request('PATCH', path, {
      status: { lastAccepted: { ...lastAccepted, name: null } },
    })
    expect(status).toBe(200)
    leader = await replica(true)
    await whenSaid('old', 'Invalid')
    expect(leader.uses('old')).toBeUndefined()
    await edit('old', spec('agent:2'))
    await isAccepted('old', 'agent:2')
  })
})

interface Rule {
  readonly resources?: readonly string[]
  readonly verbs: readonly string[]
}

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

interface Profile {
  readonly metadata: { readonly generation: number; readonly uid: string }
  readonly status?: Status
}

interface Status {
  readonly lastAccepted?: { readonly revision: string; readonly name: string }
  readonly usedBy?: { readonly pods: number }
  readonly conditions?: readonly Condition[]
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
}

interface Revision {
  readonly metadata: {
    readonly uid: string
    readonly labels: object
    readonly ownerReferences: readonly object[]
  }
  readonly data: object
  readonly revision: number
}
