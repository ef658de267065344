import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { apiAnswering, refuse } from '../sweep/sweep.fixture.ts'
import { podRecords } from './pod-records.ts'
import type { RolloutJudge } from './rollout-judge.ts'

const rollout = { update: 'InPlace' } as const
const status = { phase: 'Progressing', stable: 'a', canary: 'b' } as const

/** Pods by name, each with its version; those of the namespace `shop` have the profile. */
function world(versions: Record<string, string>, more: Partial<Parameters<typeof podRecords>[1]> = {}) {
  const state = { versions, basis: '1', troubled: [] as string[] }
  const namespaces = ['shop', 'quiet', 'disabled'].map(name => ({
    name,
    labels: (name === 'disabled' ? { 'pillion.dev/rollout': 'disabled' } : {}) as Record<string, string>,
    annotations: {},
  }))
  const podNamed = (namespace: string, name: string): JsonObject => ({
    metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion: state.versions[name] ?? '1' },
    spec: { nodeName: 'node-1', containers: [] },
  })
  const all = () =>
    namespaces.flatMap(({ name: of }) => Object.keys(state.versions).map(name => podNamed(of, name)))
  const api = apiAnswering(
    (_, path) => {
      const [, namespace = '', name = ''] = /namespaces\/(.*)\/pods\/(.*)$/.exec(path) ?? []
      if (!(name in state.versions)) return refuse(404)
      return { ok: true, status: 200, body: podNamed(namespace, name), warnings: [] }
    },
    path => [
      {
        items: path.includes('/namespaces/shop') ? all().slice(0, Object.keys(state.versions).length) : all(),
        resourceVersion: '1',
      },
    ],
  )
  const judge: RolloutJudge = {
    rollouts: () => [{ key: '/agent', uid: '1', name: 'agent', rollout, status, basis: state.basis }],
    profilesOf: pod => ((pod['metadata'] as JsonObject)['name'] === 'bare' ? [] : ['/agent']),
    examine: pod => {
      if ((pod['metadata'] as JsonObject)['name'] === 'strange') throw new Error('a bug')
      const update = {
        profile: 'agent',
        from: 'a',
        to: 'b',
        kind: 'images',
        fields: [],
        patches: [],
        restarts: [],
      } as const
      return { pod: { revision: 'a', due: 'b', kind: 'images', containers: [] }, update, secrets: [] }
    },
    putBack: () => undefined,
    matchesLabels: () => true,
  }
  const records = podRecords(api, {
    judge,
    namespaceOf: name => namespaces.find(each => each.name === name) ?? namespaces[0]!,
    excludedNamespaces: new Set(['quiet']),
    time: () => '2026-01-01T00:00:00Z',
    troubled: ({ key }) => state.troubled.push(key),
    signal: new AbortController().signal,
    ...more,
  })
  let seen = 0
  /** The Pods, or lists of Pods, that were read completely since the last call. */
  const reads = () => {
    const calls = api.calls.slice(seen)
    seen = api.calls.length
    return calls.flatMap(({ path }) => (path === '/api/v1/pods' ? [] : [path.split('/').at(-1)]))
  }
  const known = () => (records.byProfile().get('/agent') ?? []).map(({ pod }) => pod.name)
  return { state, records, reads, known }
}

describe('the records of Pods', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`other-${i}`, '1']))

  it('are of the Pods that have the profile, outside of excluded and disabled namespaces', async () => {
    const { records, known } = world({ web: '1', bare: '1' })
    await records.survey()
    expect(known()).toEqual(['web'])
  })

  it('count a Pod as not ready, and read it again, if a change of it may have been made', async () => {
    const { records, reads, known } = world({ ...many, web: '1' })
    await records.survey()
    records.doubt('shop/web')
    records.doubt('shop/unknown')
    expect(records.get('shop/web', '/agent')?.pod.isReady).toBe(false)
    reads()
    await records.survey()
    expect(reads()).toEqual(['web'])
    expect(known()).toHaveLength(41)
  })

  it('are kept while a Pod and what is due stay the same: only what changed is read again', async () => {
    const { state, records, reads, known } = world({ ...many, web: '1' })
    await records.survey()
    expect(known()).toHaveLength(41)
    reads()
    await records.survey()
    expect(reads()).toEqual([])
    state.versions['web'] = '2'
    await records.survey()
    expect(reads()).toEqual(['web'])
    state.basis = '2'
    await records.survey()
    // All of the namespace, in one list.
    expect(reads()).toEqual(['pods'])
    expect(known()).toHaveLength(41)
  })

  it('forget a Pod that is gone', async () => {
    const { state, records, known } = world({ web: '1', next: '1' })
    await records.survey()
    const [first] = records.byProfile().get('/agent') ?? []
    expect(await records.read(first!.pod)).toBeDefined()
    delete state.versions['web']
    expect(await records.read(first!.pod)).toBeUndefined()
    expect(known()).toEqual(['next'])
    await records.survey()
    expect(known()).toEqual(['next'])
  })

  it('skip a Pod that meets a bug, and name it', async () => {
    const { state, records, known } = world({ web: '1', strange: '1' })
    await records.survey()
    expect(known()).toEqual(['web'])
    expect(state.troubled).toEqual(['shop/strange'])
  })
})
