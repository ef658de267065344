import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { pointerStep } from '../../json/pointer.ts'
import { BudgetSpent } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import {
  apply,
  container,
  decideOn,
  olderCluster,
  podAsking,
  podOf,
  profilesOf,
  withStatus,
} from '../decide.fixture.ts'
import { annotation, type Named, type Pod } from '../pod.ts'
import { patch } from './patch.ts'

const everything = profilesOf({
  a: {
    volumes: [
      { name: 'a', emptyDir: {} },
      { name: 'a2', emptyDir: {} },
    ],
    containers: [container('a-side'), container('a-side2')],
    initContainers: [container('a-init')],
    appContainers: [
      {
        select: 'all',
        env: [
          { name: 'A', value: '1' },
          { name: 'A2', value: '2' },
        ],
        envFrom: [{ configMapRef: { name: 'a' } }],
        volumeMounts: [{ name: 'a', mountPath: '/a' }],
      },
    ],
    pod: {
      labels: { 'example.com/a': 'x', 'a.b': 'y' },
      annotations: { 'example.com/a': 'x' },
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
})

const paths = (pod: Pod, circumstances = {}) =>
  decideOn(pod, everything, circumstances).patch.map(({ path }) => path)

describe('patch', () => {
  it('makes what is missing once, with all that belongs in it', () => {
    const pod = podAsking('a,b', { containers: [container('app'), container('web')] })
    expect(paths(pod)).toEqual([
      '/spec/volumes',
      '/spec/containers/0/env',
      '/spec/containers/0/envFrom',
      '/spec/containers/0/volumeMounts',
      '/spec/containers/1/env',
      '/spec/containers/1/envFrom',
      '/spec/containers/1/volumeMounts',
      '/spec/initContainers',
      '/spec/imagePullSecrets',
      '/spec/hostAliases',
      '/spec/shareProcessNamespace',
      '/spec/dnsConfig',
      '/metadata/labels',
      '/metadata/annotations/example.com~1a',
      '/metadata/annotations/kubectl.kubernetes.io~1default-container',
      '/metadata/annotations/pillion.dev~1status',
    ])
  })

  it('appends to what is there, one by one, with pointers escaped', () => {
    const app = {
      env: [{ name: 'X', value: '' }],
      envFrom: [{ configMapRef: { name: 'x' } }],
      volumeMounts: [{ name: 'x', mountPath: '/x' }],
    }
    const pod = podOf(
      {
        containers: [container('app', app)],
        volumes: [{ name: 'x', emptyDir: {} }],
        initContainers: [container('seed')],
        imagePullSecrets: [{ name: 'x' }],
        hostAliases: [{ ip: '10.0.0.9' }],
      },
      { labels: { x: 'y' }, annotations: { [annotation.inject]: 'a' } },
    )
    expect(paths(pod)).toEqual([
      '/spec/volumes/-',
      '/spec/volumes/-',
      '/spec/containers/0/env/-',
      '/spec/containers/0/env/-',
      '/spec/containers/0/envFrom/-',
      '/spec/containers/0/volumeMounts/-',
      '/spec/initContainers/0',
      '/spec/initContainers/1',
      '/spec/initContainers/2',
      '/spec/imagePullSecrets/-',
      '/spec/hostAliases/-',
      '/spec/shareProcessNamespace',
      '/spec/dnsConfig',
      '/metadata/labels/example.com~1a',
      '/metadata/labels/a.b',
      '/metadata/annotations/example.com~1a',
      '/metadata/annotations/kubectl.kubernetes.io~1default-container',
      '/metadata/annotations/pillion.dev~1status',
    ])
  })

  it('makes the metadata where there is none', () => {
    const { metadata: _, ...pod } = podOf()
    expect(paths(pod, { requested: 'a' }).filter(path => path.startsWith('/metadata'))).toEqual([
      '/metadata',
      '/metadata/labels',
      '/metadata/annotations',
    ])
  })

  it('changes app containers before others move them', () => {
    const first = profilesOf({
      a: {
        order: { before: ['first'] },
        containers: [container('a-side')],
        appContainers: [{ select: ['web'], env: [{ name: 'A', value: '1' }] }],
      },
    })
    const pod = podAsking('a', { containers: [container('app'), container('web')] })
    const { patch } = decideOn(pod, first, { cluster: olderCluster })
    expect(patch.map(({ path }) => path).slice(0, 2)).toEqual([
      '/spec/containers/1/env',
      '/spec/containers/0',
    ])
    expect(apply(pod, patch).spec?.containers).toEqual([
      container('a-side'),
      container('app'),
      container('web', { env: [{ name: 'A', value: '1' }] }),
    ])
  })

  it('only adds, and only what is new', () => {
    for (const spec of [{}, { volumes: [], initContainers: [], imagePullSecrets: [] }] as JsonObject[]) {
      const pod = podAsking('a,b', spec)
      const { patch } = decideOn(pod, everything)
      expect(new Set(patch.map(({ op }) => op))).toEqual(new Set(['add']))
      expect(new Set(patch.map(({ path }) => path).filter(path => !path.endsWith('/-'))).size).toBe(
        patch.filter(({ path }) => !path.endsWith('/-')).length,
      )
    }
  })

  it('is the same to the byte each time, whatever the order of the keys of the Pod', () => {
    const { spec, metadata } = podAsking('a,b')
    const [one, other] = [
      decideOn({ spec, metadata } as Pod, everything),
      decideOn({ metadata, spec } as Pod, everything),
    ]
    expect(JSON.stringify(one)).toBe(JSON.stringify(other))
  })

  it('leaves fields that no type knows as they are', () => {
    const odd = podAsking('a', {
      'x-new': { deep: [1, { y: null }] },
      containers: [container('app', { 'x-new': 1.5 })],
    })
    const injected = apply(odd, decideOn(odd, everything).patch)
    expect(injected.spec).toMatchObject({
      'x-new': { deep: [1, { y: null }] },
      containers: [{ 'x-new': 1.5 }],
    })
  })

  it('is no operation when everything is there, whatever the status says', () => {
    const once = podAsking('b')
    const whole = apply(once, decideOn(once, everything).patch)
    expect(decideOn(whole, everything).patch).toEqual([])
    expect(decideOn(withStatus(whole, 'garbage'), everything).patch).toEqual([])
  })

  it('does not change the Pod it is given', () => {
    const pod = podAsking('a,b')
    const before = structuredClone(pod)
    decideOn(pod, everything)
    expect(pod).toEqual(before)
  })
})

describe('the size of a patch', () => {
  /** A patch that adds these volumes to a Pod that has none, or an empty list of them. */
  const patchFor = (volumes: readonly Named[], spec: JsonObject = {}) =>
    patch({
      pod: podOf(spec),
      volumes,
      app: [],
      initContainers: [],
      containers: [],
      additions: {},
      status: { profiles: {} },
      statusText: '',
      refused: [],
      changed: new Set(),
    })
  /** As many copies of an item as fit into this number of bytes of JSON, with a comma after each. */
  const times = <T extends Json>(item: T, bytes: number): T[] =>
    new Array(Math.floor(bytes / (Buffer.byteLength(JSON.stringify(item)) + 1))).fill(item)
  // Most of it is one text, so that the tests are quick.
  const text = 'x'.repeat(0.9 * limits.patchBytes)
  const [little, much] = [0.08 * limits.patchBytes, 0.13 * limits.patchBytes]
  const tooLarge = new BudgetSpent(`the patch for this Pod has more than ${limits.patchBytes} bytes`)

  it.each<{ what: string; item: Json }>([
    { what: 'long texts', item: 'x'.repeat(50_000) },
    { what: 'short texts', item: 'abc' },
    { what: 'texts that are longer in UTF-8', item: 'é'.repeat(5_000) },
    { what: 'texts that are longer as JSON', item: '\u0001'.repeat(5_000) },
    { what: 'numbers', item: 12_345 },
    { what: 'nulls', item: null },
    { what: 'empty lists and objects', item: [{}, []] },
    { what: 'members', item: { a: 'b', c: 'd' } },
  ])('has a limit in bytes, whatever it consists of: $what', ({ item }) => {
    const filled = (bytes: number) => [{ name: 'v', items: [text, ...times(item, bytes)] }]
    expect(patchFor(filled(little))).toHaveLength(1)
    expect(() => patchFor(filled(much))).toThrow(tooLarge)
  })

  it('has a limit in bytes, whatever it consists of: operations', () => {
    const operation = { op: 'add', path: '/spec/volumes/-', value: { name: 'v' } }
    const volumes = (bytes: number) => [{ name: text }, ...times(operation, bytes).map(({ value }) => value)]
    expect(patchFor(volumes(little), { volumes: [] })).toHaveLength(volumes(little).length)
    expect(() => patchFor(volumes(much), { volumes: [] })).toThrow(tooLarge)
  })
})

describe('pointerStep', () => {
  it.each([
    ['a/b', 'a~1b'],
    ['a~b', 'a~0b'],
    ['~1', '~01'],
    ['', ''],
  ])('%s is %s', (name, step) => {
    expect(pointerStep(name)).toBe(step)
  })
})
