import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  injectInto,
  olderCluster,
  podAsking,
  podOf,
  profilesOf,
  uninjected,
  withStatus,
} from '../decide.fixture.ts'
import { annotation, type Pod } from '../pod.ts'
import { uninject } from './uninject.ts'

const everything = profilesOf({
  a: {
    volumes: [{ name: 'a', emptyDir: {} }],
    containers: [container('a-side')],
    initContainers: [container('a-init')],
    appContainers: [
      {
        select: 'all',
        env: [{ name: 'A', value: '1' }],
        envFrom: [{ configMapRef: { name: 'a' } }],
        volumeMounts: [{ name: 'a', mountPath: '/a/' }],
      },
    ],
    pod: {
      labels: { 'a/b.c': 'x' },
      annotations: { 'a/b.c': 'x' },
      imagePullSecrets: [{ name: 'a' }],
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }],
      shareProcessNamespace: true,
      dnsConfig: { searches: ['a'] },
    },
  },
  b: {
    volumes: [{ name: 'b', emptyDir: {} }],
    containers: [container('b-side')],
    pod: { labels: { b: 'x' } },
  },
  slow: { pod: { terminationGracePeriodSeconds: 60 } },
  slower: { pod: { terminationGracePeriodSeconds: 90 } },
})

const full: JsonObject = {
  containers: [
    container('app', {
      env: [{ name: 'X' }],
      envFrom: [{ secretRef: { name: 'x' } }],
      volumeMounts: [{ name: 'x', mountPath: '/x' }],
    }),
    container('web'),
  ],
  volumes: [{ name: 'x', emptyDir: {} }],
  initContainers: [container('seed')],
  imagePullSecrets: [{ name: 'x' }],
  hostAliases: [{ ip: '10.0.0.9' }],
}
const empty: JsonObject = {
  containers: [container('app', { env: [], envFrom: [], volumeMounts: [] })],
  volumes: [],
  initContainers: [],
  imagePullSecrets: [],
  hostAliases: [],
}

describe('uninject', () => {
  describe.each([
    { on: 'a newer cluster', circumstances: {} },
    { on: 'an older cluster', circumstances: { cluster: olderCluster } },
  ])('is the inverse of injecting, on $on', ({ circumstances }) => {
    it.each<{ what: string; pod: Pod; requested?: string }>([
      { what: 'into a bare Pod', pod: podAsking('a,b') },
      { what: 'into one that has some of everything', pod: podAsking('b,a', full) },
      { what: 'into one with empty lists, which stay', pod: podAsking('a', empty) },
      {
        what: 'into one with empty labels, which stay',
        pod: podOf(empty, { labels: {}, annotations: { [annotation.inject]: 'a' } }),
      },
      {
        what: 'into one with empty annotations, on its behalf',
        pod: podOf(full, { annotations: {} }),
        requested: 'a',
      },
      { what: 'into one with only a name, on its behalf', pod: podOf(), requested: 'a,b' },
      {
        what: 'into one with empty metadata, on its behalf',
        pod: { metadata: {}, spec: podOf().spec! },
        requested: 'a',
      },
      {
        what: 'into a template without metadata, on its behalf',
        pod: { spec: podOf().spec! },
        requested: 'a,b',
      },
      {
        what: 'into one with labels of its own only',
        pod: podOf({}, { labels: { x: 'y' } }),
        requested: 'a',
      },
      {
        what: 'into one that has what is injected already',
        pod: podAsking('b', { volumes: [{ name: 'b', emptyDir: {} }] }),
      },
      {
        what: 'into one with a default container',
        pod: podAsking('a', full, { [annotation.defaultContainer]: 'web' }),
      },
      {
        what: 'into one with values of its own that the profile does not give',
        pod: podAsking('b', {
          terminationGracePeriodSeconds: 40,
          shareProcessNamespace: true,
          dnsConfig: { searches: ['x'] },
        }),
      },
      { what: 'into one that gets more time to end, twice', pod: podAsking('slow,slower') },
      {
        what: 'into one whose own time to end is raised twice',
        pod: podAsking('slow,slower', { terminationGracePeriodSeconds: 5 }),
      },
      {
        what: 'into one with fields that no type knows',
        pod: podAsking('a', { 'x-new': [1] }, { 'x/y': '' }),
      },
    ])('$what', ({ pod, requested }) => {
      const asked = { ...circumstances, ...(requested !== undefined && { requested }) }
      const once = injectInto(pod, everything, asked)
      expect(uninjected(once)).toEqual(pod)
      expect(uninjected(injectInto(once, everything, asked))).toEqual(pod)
    })
  })

  it('removes nothing without a status', () => {
    expect(uninject(podAsking('a', full))).toEqual([])
    expect(uninject({})).toEqual([])
  })

  it('removes the spelling that the CLI kept, and no label of that name', () => {
    const labels = { [annotation.status]: 'own' }
    const pod = podOf({}, { labels, annotations: { [annotation.inject]: 'b' } })
    const { metadata, ...injected } = injectInto(pod, everything)
    const annotations = { ...metadata?.annotations, [annotation.asWritten]: '{}' }
    expect(uninjected({ ...injected, metadata: { ...metadata, annotations } })).toEqual(pod)
  })

  it('removes a status that claims nothing', () => {
    expect(uninjected(withStatus(podAsking('a'), { profiles: {} }))).toEqual(podAsking('a'))
  })

  it('keeps what others added since', () => {
    const injected = injectInto(podAsking('a'), everything)
    const [app] = injected.spec?.containers ?? []
    const later = {
      ...injected,
      spec: {
        ...injected.spec,
        containers: [
          container('first'),
          { ...app!, env: [...(app?.env ?? []), { name: 'LATER', value: '1' }] },
        ],
        volumes: [{ name: 'first', emptyDir: {} }, ...(injected.spec?.volumes ?? [])],
      },
    }
    expect(uninjected(later)).toEqual(
      podAsking('a', {
        containers: [container('first'), container('app', { env: [{ name: 'LATER', value: '1' }] })],
        volumes: [{ name: 'first', emptyDir: {} }],
      }),
    )
  })

  it('removes the default container also after a call that found another container in front', () => {
    const injected = injectInto(podAsking('a'), everything)
    const beside = {
      ...injected,
      spec: { ...injected.spec, containers: [container('first'), ...(injected.spec?.containers ?? [])] },
    }
    expect(uninjected(injectInto(beside, everything))).toEqual(
      podAsking('a', { containers: [container('first'), container('app')] }),
    )
  })

  it.each([
    { claims: [true, 60], becomes: undefined, why: 'the second profile raised what the first one had set' },
    { claims: [60, true], becomes: undefined, why: 'so it is in whatever order the profiles are' },
    { claims: [5, 60], becomes: 5, why: 'the second profile raised what the first one had raised' },
    { claims: [60, 5], becomes: 5, why: 'so it is in whatever order the profiles are' },
  ])(
    'takes back a number that two profiles raised, from $claims to $becomes: $why',
    ({ claims, becomes }) => {
      const profiles = Object.fromEntries(
        claims.map((terminationGracePeriodSeconds, i) => [
          `p${i}`,
          { revision: '0', terminationGracePeriodSeconds },
        ]),
      )
      const raised = withStatus(podAsking('p0,p1', { terminationGracePeriodSeconds: 90 }), { profiles })
      const own = becomes === undefined ? {} : { terminationGracePeriodSeconds: becomes }
      expect(uninjected(raised)).toEqual(podAsking('p0,p1', own))
    },
  )

  it('leaves a list that was empty when something is claimed that is not in it', () => {
    const pod = podAsking('a', { volumes: [] })
    const claims = { profiles: { a: { revision: '0', volumes: ['gone'] } } }
    expect(uninjected(withStatus(pod, claims))).toEqual(pod)
  })

  it('passes over what is claimed and not there', () => {
    const claims = {
      revision: '0',
      containers: ['gone'],
      volumes: ['gone'],
      labels: ['gone'],
      shareProcessNamespace: true,
      app: { gone: { env: ['A'] }, app: { env: ['GONE'] } },
    }
    expect(uninjected(withStatus(podAsking('a'), { profiles: { a: claims } }))).toEqual(podAsking('a'))
    const bare = { ...withStatus(podAsking('a'), { profiles: { a: claims } }), spec: {} }
    expect(uninjected(bare)).toEqual({ ...podAsking('a'), spec: {} })
  })
})
